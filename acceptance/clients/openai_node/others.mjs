// The doors beside chat and Responses: completions and embeddings.

import { check, expect } from '../check.mjs';

check('completions', 'a completion', async (target) => {
  const body = { model: target.model, prompt: 'Once upon a time', max_tokens: 16 };
  const { choices, usage } = await target.client.completions.create(body);
  expect(choices[0].text && usage.total_tokens > 0, 'text and usage', choices);
});

check('completions', 'a stream', async (target) => {
  const body = { model: target.model, prompt: 'Once upon a time', max_tokens: 16, stream: true };
  let text = '';
  for await (const chunk of await target.client.completions.create(body)) text += chunk.choices[0]?.text ?? '';
  expect(text.trim(), 'text', text);
});

for (const format of [undefined, 'float']) {
  check('embeddings', `several texts, ${format ?? 'base64'} on the wire`, async (target) => {
    const body = { model: target.embeddingModel, input: ['one', 'two'], encoding_format: format };
    const { data } = await target.client.embeddings.create(body);
    expect(data.length === 2 && data.every((each) => each.embedding.length > 8), 'two vectors', data);
    expect(data.every((each) => each.embedding.every(Number.isFinite)), 'numbers', data);
  });
}
