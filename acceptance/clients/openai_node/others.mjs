// The doors beside chat and Responses: completions, embeddings and pictures.

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

const MAGIC = { png: '89504e47', jpeg: 'ffd8ff', webp: '52494646' };

for (const [format, magic] of Object.entries(MAGIC)) {
  check('images', `a picture as ${format}`, async (target) => {
    const body = { model: 'brush', prompt: 'a red fox', size: '256x128', response_format: 'b64_json', output_format: format };
    const { data } = await target.client.images.generate(body);
    const bytes = Buffer.from(data[0].b64_json, 'base64');
    expect(bytes.toString('hex').startsWith(magic), format, bytes.subarray(0, 8));
  });
}

check('images', 'two at once, by address', async (target) => {
  const { data } = await target.client.images.generate({ model: 'free', prompt: 'x', n: 2, response_format: 'url' });
  expect(data.length === 2, 'two', data);
  for (const { url } of data) {
    const answer = await fetch(url);
    expect(answer.ok && answer.headers.get('content-type') === 'image/png', 'a picture', answer.status);
  }
});

check('images', 'chat with modalities', async (target) => {
  const messages = [{ role: 'user', content: 'a red fox' }];
  const body = { model: 'brush', modalities: ['image', 'text'], messages };
  const { choices } = await target.client.chat.completions.create(body);
  const { url } = choices[0].message.images[0].image_url;
  expect(url.startsWith('data:image/png;base64,'), 'a picture', url.slice(0, 40));
});
