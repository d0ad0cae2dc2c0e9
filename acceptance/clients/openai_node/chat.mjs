// Chat, streams, JSON schemas, limits and the model list: what any capable server must give.

import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { check, expect } from '../check.mjs';
import { ask, askStreamed, expectCompletion, expectUsage, finishReason, wholeText } from './facts.mjs';

const suite = 'chat';
const onlyPotluck = { onlyPotluck: true };
const hello = [
  { role: 'system', content: 'You are brief.' },
  { role: 'user', content: 'Say hello in one short sentence.' },
];
const weather = [{ role: 'user', content: 'Invent a weather report for Lisbon.' }];
const Forecast = z.strictObject({
  sky: z.enum(['sunny', 'cloudy', 'rainy']),
  windy: z.boolean(),
  celsius: z.union([z.literal(10), z.literal(15), z.literal(20)]),
});
const asForecast = { response_format: zodResponseFormat(Forecast, 'forecast'), max_tokens: 200 };

check(suite, 'models list', async (target) => {
  const ids = [];
  for await (const model of target.client.models.list()) ids.push(model.id);
  expect(ids.includes(target.model), `${target.model} in the list`, ids);
});

check(
  suite,
  'models retrieve, an id with a slash',
  async (target) => {
    const model = await target.client.models.retrieve(target.model);
    expect(model.id === target.model && model.context_length > 0, target.model, model);
  },
  onlyPotluck,
);

check(suite, 'chat', async (target) => {
  const { choices } = await ask(target, hello, { max_tokens: 40, temperature: 0 });
  expect(choices[0].message.content?.trim(), 'text', choices[0]);
  expect(['stop', 'length'].includes(choices[0].finish_reason), 'stop or length', choices[0]);
});

check(
  suite,
  'chat, model free',
  async (target) => {
    const body = { model: 'free', messages: hello, max_tokens: 24 };
    const completion = await target.client.chat.completions.create(body);
    expectCompletion(target, completion);
  },
  onlyPotluck,
);

check(
  suite,
  'chat under /api/v1',
  async (target) => {
    const baseURL = target.baseUrl.replace('/v1', '/api/v1');
    const client = new OpenAI({ baseURL, apiKey: target.key });
    await ask({ ...target, client }, hello, { max_tokens: 16 });
  },
  onlyPotluck,
);

check(suite, 'max_tokens ends with length', async (target) => {
  const { choices, usage } = await ask(target, weather, { max_tokens: 3 });
  expect(choices[0].finish_reason === 'length', 'length', choices[0]);
  expect(usage.completion_tokens <= 3, 'at most 3 tokens', usage);
});

check(suite, 'stop ends before the word', async (target) => {
  const count = [{ role: 'user', content: 'Repeat exactly: alpha beta gamma delta' }];
  const { choices } = await ask(target, count, { max_tokens: 60, stop: ['a ', 'e'], temperature: 0 });
  expect(choices[0].finish_reason === 'stop', 'stop', choices[0]);
  expect(!choices[0].message.content.includes('e'), 'the text before the stop', choices[0]);
});

check(suite, 'stream', async (target) => {
  const chunks = await askStreamed(target, hello, { max_tokens: 40 });
  expect(wholeText(chunks).trim(), 'text', chunks);
  if (!target.potluck) return;
  expect(chunks.every((chunk) => chunk.choices.length === 1), 'a choice in every chunk', chunks);
  expectUsage(chunks.find(finishReason).usage);
});

check(suite, 'stream with include_usage', async (target) => {
  const chunks = await askStreamed(target, hello, {
    max_tokens: 40,
    stream_options: { include_usage: true },
  });
  const last = chunks.at(-1);
  expect(last.choices.length === 0, 'a last chunk without choices', last);
  expectUsage(last.usage);
});

check(suite, 'stream helper, final completion', async (target) => {
  const deltas = [];
  const body = { model: target.model, messages: hello, max_tokens: 40 };
  const stream = target.client.chat.completions.stream(body).on('content', (delta) => deltas.push(delta));
  const final = await stream.finalChatCompletion();
  expect(final.choices[0].message.content === deltas.join(''), 'the deltas joined', final);
});

check(suite, 'stream aborted by the client, then another answer', async (target) => {
  const body = { model: target.model, messages: weather, max_tokens: 400, stream: true };
  const stream = await target.client.chat.completions.create(body);
  for await (const _ of stream) break;
  await ask(target, hello, { max_tokens: 8 });
});

check(suite, 'JSON schema, parsed', async (target) => {
  const body = { model: target.model, messages: weather, ...asForecast };
  const completion = await target.client.chat.completions.parse(body);
  expectCompletion(target, completion);
  Forecast.parse(completion.choices[0].message.parsed);
});

check(suite, 'JSON schema, streamed and parsed', async (target) => {
  const body = { model: target.model, messages: weather, ...asForecast };
  const final = await target.client.chat.completions.stream(body).finalChatCompletion();
  Forecast.parse(final.choices[0].message.parsed);
});

check(suite, 'six at once', async (target) => {
  const asked = Array.from({ length: 6 }, () => ask(target, hello, { max_tokens: 12 }));
  expect((await Promise.all(asked)).length === 6, 'six answers');
});
