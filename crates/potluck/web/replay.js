// A kept request as a question for `POST /pool/explain`. What was asked is not kept: words of the same length stand in its place.

import { post } from './call.js';

/** One grey dot. */
const PICTURE = 'data:image/gif;base64,R0lGODlhAQABAIAAAMLCwgAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==';
/** A word that is estimated as about one token. */
const WORD = 'word ';
const LONGEST = 400000;

/** Who would be drawn now for what this request needed. */
export async function replay({ asked, decision: { needs } }) {
  const reply = await post('/pool/explain', question(asked, needs), { headers: wishes(needs.constraints) });
  return reply.json();
}

function question(asked, needs) {
  const has = (feature) => needs.features.includes(feature);
  const text = WORD.repeat(Math.min(needs.prompt_tokens, LONGEST) || 1);
  const sees = needs.input.includes('image');
  const content = sees
    ? [
        { type: 'text', text },
        { type: 'image_url', image_url: { url: PICTURE } },
      ]
    : text;
  const { only, ignore, order, sort } = needs.constraints;
  return {
    ...(asked.length > 1 ? { models: asked } : { model: asked[0] ?? 'free' }),
    messages: [{ role: 'user', content }],
    ...(needs.max_output && { max_tokens: needs.max_output }),
    ...(has('tools') && { tools: [{ type: 'function', function: { name: 'tool', parameters: { type: 'object' } } }] }),
    ...(has('forced_tool') && { tool_choice: 'required' }),
    ...(has('reasoning') && { reasoning_effort: 'medium' }),
    ...(has('json_schema') && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
    }),
    ...(has('json_object') && { response_format: { type: 'json_object' } }),
    ...((only.length || ignore.length || order.length || sort) && {
      provider: { only, ignore, order, ...(sort && { sort }) },
    }),
  };
}

function wishes({ no_training: kept, min_quality: quality, min_context: context }) {
  return {
    ...(kept && { 'x-potluck-privacy': 'no-training' }),
    ...(quality && { 'x-potluck-min-quality': String(quality) }),
    ...(context && { 'x-potluck-min-context': String(context) }),
  };
}
