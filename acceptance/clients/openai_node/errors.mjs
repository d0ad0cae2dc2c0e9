// How refusals look to the client: which exception, and what its text and fields say.

import OpenAI from 'openai';
import { check, expect, expectRejects } from '../check.mjs';

const suite = 'errors';
const onlyPotluck = { onlyPotluck: true };
const hello = [{ role: 'user', content: 'Say hello.' }];

/** The error that this request ends in, in OpenAI's shape. */
async function refused(target, kind, wanted) {
  const body = { model: target.model, messages: hello, max_tokens: 8, ...wanted };
  const error = await expectRejects(kind, target.client.chat.completions.create(body));
  expect(typeof error.error?.message === 'string', 'a message', error);
  expect(typeof error.type === 'string', 'a type', error);
  return error;
}

check(
  suite,
  'unknown model: NotFoundError with near names',
  async (target) => {
    const error = await refused(target, OpenAI.NotFoundError, { model: `${target.model}x` });
    expect(error.message.includes(target.model), `${target.model} as a near name`, error.message);
    expect(error.param === 'model', 'param model', error.param);
  },
  onlyPotluck,
);

check(
  suite,
  'unknown model retrieved: NotFoundError',
  async (target) => {
    await expectRejects(OpenAI.NotFoundError, target.client.models.retrieve(`${target.model}x`));
  },
  onlyPotluck,
);

check(suite, 'a wrong type: BadRequestError', async (target) => {
  const error = await refused(target, OpenAI.BadRequestError, { messages: 'hello' });
  if (target.potluck) expect(error.param === 'messages', 'param messages', error.param);
});

check(
  suite,
  'a refusal of a stream is a plain error',
  async (target) => {
    await refused(target, OpenAI.BadRequestError, { messages: [], stream: true });
  },
  onlyPotluck,
);

check(
  suite,
  'tools where no model has them: NotFoundError with the reason',
  async (target) => {
    const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };
    const wanted = { tools: [look], tool_choice: 'required' };
    const error = await refused(target, OpenAI.NotFoundError, wanted);
    expect(error.message.includes('tool'), 'tools as the reason', error.message);
  },
  onlyPotluck,
);

check(
  suite,
  'broken JSON: 400 with the position',
  async (target) => {
    const answer = await fetch(`${target.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${target.key}` },
      body: '{"model": "free", "messages": [}',
    });
    const { error } = await answer.json();
    expect(answer.status === 400 && error.message.includes('column'), '400 and a position', error);
  },
  onlyPotluck,
);
