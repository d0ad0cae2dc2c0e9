// Text, whole and streamed, and refusals.

import { APICallError, generateText, streamText } from 'ai';
import { check, expect, expectRejects } from '../check.mjs';

const prompt = 'Say hello in one short sentence.';

export function registerChat(name) {
  const modelOf = (target) => target.client[name](target.model);

  check(name, `${name}: generateText`, async (target) => {
    const { text, usage, finishReason } = await generateText({
      model: modelOf(target),
      prompt,
      maxOutputTokens: 24,
    });
    expect(text.trim(), 'text', text);
    expect(usage.inputTokens > 0 && usage.outputTokens > 0, 'usage', usage);
    expect(['stop', 'length'].includes(finishReason), 'stop or length', finishReason);
  });

  check(name, `${name}: streamText`, async (target) => {
    const result = streamText({ model: modelOf(target), prompt, maxOutputTokens: 24 });
    const parts = [];
    for await (const part of result.fullStream) parts.push(part);
    const kinds = new Set(parts.map((part) => part.type));
    expect(kinds.has('text-delta') && kinds.has('finish') && !kinds.has('error'), 'text and an end', parts);
    expect((await result.usage).outputTokens > 0, 'usage', await result.usage);
  });

  check(name, `${name}: an unknown model is an APICallError with the server's words`, async (target) => {
    const model = target.client[name]('no-such-model');
    const error = await expectRejects(Error, generateText({ model, prompt, maxRetries: 0 }));
    expect(APICallError.isInstance(error), 'an APICallError', error);
    expect(error.statusCode === 404 && error.message.includes('no-such-model'), '404', error);
  });
}
