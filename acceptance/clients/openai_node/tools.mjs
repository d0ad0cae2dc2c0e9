// Tool calls: forced, parallel, streamed, and the way back with their results.

import { zodFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import { check, expect } from '../check.mjs';
import { ask, askStreamed } from './facts.mjs';

const suite = 'tools';
const question = [{ role: 'user', content: 'What is the weather, and the time, in Lisbon?' }];
const schemas = {
  get_weather: z.object({ city: z.string(), days: z.int() }),
  get_time: z.object({ city: z.string() }),
};
const names = Object.keys(schemas).sort();
const offered = names.map((name) => zodFunction({ name, parameters: schemas[name] }));
const forced = (name) => ({ type: 'function', function: { name } });

/** Calls of exactly these tools, each with an id of its own and arguments that fit its schema. */
function expectCalls(calls, wanted) {
  const called = calls.map((call) => call.function.name).sort();
  expect(called.join() === wanted.join(), wanted.join(), calls);
  expect(new Set(calls.map((call) => call.id)).size === calls.length, 'different ids', calls);
  expect(calls.every((call) => call.id && call.type === 'function'), 'ids and types', calls);
  for (const call of calls) schemas[call.function.name].parse(JSON.parse(call.function.arguments));
}

check(suite, 'a forced tool is called', async (target) => {
  const wanted = { tools: offered, tool_choice: forced('get_time') };
  const { choices } = await ask(target, question, wanted);
  expectCalls(choices[0].message.tool_calls ?? [], ['get_time']);
  expect(choices[0].finish_reason === 'tool_calls', 'tool_calls', choices[0]);
});

check(suite, 'parallel tool calls', async (target) => {
  const wanted = { tools: offered, tool_choice: 'required', parallel_tool_calls: true };
  const { choices } = await ask(target, question, wanted);
  expectCalls(choices[0].message.tool_calls ?? [], names);
});

check(suite, 'streamed tool calls, chunk by chunk', async (target) => {
  const chunks = await askStreamed(target, question, { tools: offered, tool_choice: 'required' });
  const pieces = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
  expect(pieces.every((piece) => Number.isInteger(piece.index)), 'an index in each piece', pieces);
  const firsts = pieces.filter((piece) => piece.id);
  expect(firsts.map((piece) => piece.index).join() === '0,1', 'indexes 0 and 1', firsts);
});

check(suite, "streamed tool calls, the SDK's accumulator", async (target) => {
  const body = { model: target.model, messages: question, tools: offered, tool_choice: 'required' };
  const final = await target.client.chat.completions.stream(body).finalChatCompletion();
  expectCalls(final.choices[0].message.tool_calls ?? [], names);
});

for (const stream of [false, true]) {
  check(suite, `runTools to the last answer${stream ? ', streamed' : ''}`, async (target) => {
    const called = [];
    const tools = names.map((name) => runnable(name, called));
    const body = { model: target.model, messages: question, tools, stream };
    const final = await target.client.chat.completions.runTools(body).finalContent();
    expect(called.length >= 1, 'tools that ran', called);
    expect(Boolean(final), 'a last answer in text', final);
  });
}

function runnable(name, called) {
  const run = (given) => {
    called.push(schemas[name].parse(given));
    return 'fine';
  };
  return zodFunction({ name, parameters: schemas[name], function: run });
}
