// What must hold for every answer, whichever check asked for it.

import { expect } from '../check.mjs';

/** One plain completion, with the facts common to all of them checked. */
export async function ask(target, messages, wanted = {}) {
  const body = { model: target.model, messages, ...wanted };
  const { data, response } = await target.client.chat.completions.create(body).withResponse();
  expectCompletion(target, data);
  if (target.potluck) expectHeaders(response.headers, data.model);
  return data;
}

/** One streamed completion: its chunks, with the facts of every stream checked. */
export async function askStreamed(target, messages, wanted = {}) {
  const body = { model: target.model, messages, stream: true, ...wanted };
  const { data, response } = await target.client.chat.completions.create(body).withResponse();
  const kind = response.headers.get('content-type') ?? '';
  expect(kind.startsWith('text/event-stream'), 'an event stream', kind);
  const chunks = await collect(data);
  expectStream(target, chunks);
  if (target.potluck) expectHeaders(response.headers, chunks[0].model);
  return chunks;
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

export function expectCompletion(target, completion) {
  expect(completion.object === 'chat.completion', 'object chat.completion', completion.object);
  expect(Boolean(completion.id), 'an id', completion.id);
  expect(completion.created > 1_600_000_000, 'a time in seconds', completion.created);
  expect(completion.choices.length === 1, 'one choice', completion.choices);
  expect(completion.choices[0].message.role === 'assistant', 'an assistant', completion);
  expectUsage(completion.usage);
  expectModel(target, completion.model);
}

export function expectUsage(usage) {
  const counts = [usage?.prompt_tokens, usage?.completion_tokens, usage?.total_tokens];
  expect(counts.every((count) => Number.isInteger(count) && count > 0), 'three counts', usage);
  expect(counts[0] + counts[1] === counts[2], 'a total that is the sum', usage);
}

/** potluck names the one that served as provider/model, whatever was asked for. */
function expectModel(target, model) {
  if (!target.potluck) return;
  expect(model.includes('/'), 'provider/model', model);
  if (target.model.includes('/')) expect(model === target.model, target.model, model);
}

function expectHeaders(headers, model) {
  const offer = headers.get('x-potluck-offer') ?? '';
  expect(offer.startsWith(model), `x-potluck-offer naming ${model}`, offer);
  expect(Number(headers.get('x-potluck-attempts')) >= 1, 'x-potluck-attempts', [...headers]);
  expect(Boolean(headers.get('x-potluck-request-id')), 'x-potluck-request-id', [...headers]);
}

function expectStream(target, chunks) {
  expect(chunks.length >= 2, 'several chunks', chunks.length);
  // llama.cpp stamps each chunk with its own time; potluck promises one
  for (const field of ['id', 'model', 'object', ...(target.potluck ? ['created'] : [])]) {
    const values = new Set(chunks.map((chunk) => chunk[field]));
    expect(values.size === 1, `the same ${field} in every chunk`, values);
  }
  expect(chunks[0].choices[0].delta.role === 'assistant', 'the role first', chunks[0]);
  expectModel(target, chunks[0].model);
  const ends = chunks.flatMap((chunk, at) => (finishReason(chunk) ? [at] : []));
  expect(ends.length === 1, 'one finish reason', ends);
  const after = wholeText(chunks.slice(ends[0] + 1));
  expect(after === '', 'no text after the finish', after);
}

export function finishReason(chunk) {
  return chunk.choices[0]?.finish_reason;
}

export function wholeText(chunks) {
  return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
}
