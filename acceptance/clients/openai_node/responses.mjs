// Responses: text, the event stream, typed answers and tools.

import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { check, expect, expectRejects } from '../check.mjs';

const suite = 'responses';
const toolsSuite = 'responses-tools';
const hello = 'Say hello in one short sentence.';
const question = 'What is the weather in Lisbon?';
const Forecast = z.strictObject({ sky: z.enum(['sunny', 'cloudy', 'rainy']), windy: z.boolean() });
const weather = {
  type: 'function',
  name: 'get_weather',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

const ask = (target, input, wanted = {}) =>
  target.client.responses.create({ model: target.model, input, max_output_tokens: 24, ...wanted });

check(suite, 'a response', async (target) => {
  const response = await ask(target, hello);
  expect(response.output_text.trim(), 'text', response);
  expect(response.usage.total_tokens > 0, 'usage', response.usage);
});

check(suite, 'the event stream, numbered to its end', async (target) => {
  const events = [];
  for await (const event of await ask(target, hello, { stream: true })) events.push(event);
  expect(events.every((event, at) => event.sequence_number === at), 'numbers from 0', events);
  const last = events.at(-1);
  expect(['response.completed', 'response.incomplete'].includes(last.type), 'an end', last);
});

check(suite, "a stream, the SDK's accumulator", async (target) => {
  const body = { model: target.model, input: hello, max_output_tokens: 24 };
  const final = await target.client.responses.stream(body).finalResponse();
  expect(final.output_text.trim(), 'text', final);
});

check(suite, 'a typed answer, parsed', async (target) => {
  const text = { format: zodTextFormat(Forecast, 'forecast') };
  const body = { model: target.model, input: 'Invent a forecast.', max_output_tokens: 200, text };
  Forecast.parse((await target.client.responses.parse(body)).output_parsed);
});

check(suite, 'an unknown model: NotFoundError', async (target) => {
  await expectRejects(OpenAI.NotFoundError, ask(target, hello, { model: 'no-such-model' }));
});

check(toolsSuite, 'a call, its result, and an answer', async (target) => {
  const turns = [{ role: 'user', content: question }];
  const wanted = { tools: [weather], max_output_tokens: 200 };
  const first = await ask(target, turns, wanted);
  const call = first.output.find((item) => item.type === 'function_call');
  expect(JSON.parse(call?.arguments ?? '{}').city === 'Lisbon', 'a call for Lisbon', first);
  const result = { type: 'function_call_output', call_id: call.call_id, output: 'sunny' };
  const last = await ask(target, [...turns, ...first.output, result], wanted);
  expect(last.output_text.includes('sunny'), "the tool's result", last);
});
