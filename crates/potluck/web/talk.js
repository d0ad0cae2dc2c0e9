// One conversation: its model, its messages, and who answered each. The whole of it is sent each time, as clients do.

import { el, put, say, show } from './element.js';
import { post } from './call.js';
import { count, millis } from './numbers.js';
import { prose } from './prose.js';
import { nextFrame } from './frame.js';
import { events } from './stream.js';

/** A conversation: `ask(content, options)`, `stop()`, `clear()`. */
export function talk(label, model) {
  const name = el('input', {
    type: 'text',
    list: 'model-names',
    value: model,
    spellcheck: 'false',
    autocomplete: 'off',
  });
  name.value = model;
  const log = el('ol', { class: 'messages', 'aria-label': `${label} conversation`, tabindex: 0 });
  const hint = el(
    'p',
    { class: 'empty' },
    'free draws any model that can answer; a family, or provider/model, narrows it.',
  );
  const node = el(
    'section',
    { class: 'talk', 'aria-label': `${label} draw` },
    el('label', { class: 'field' }, el('span', {}, 'Model'), name),
    hint,
    log,
  );
  let messages = [];
  let running = null;
  const ask = async (content, options) => {
    messages.push({ role: 'user', content });
    show(hint, false);
    log.append(question(content));
    const answer = answerOf();
    log.append(answer.node);
    log.scrollTop = log.scrollHeight;
    running = new AbortController();
    const text = await stream({ model: name.value.trim() || 'free', messages }, options, answer, running.signal, log);
    if (text !== null) messages.push({ role: 'assistant', content: text });
    else messages.pop();
    running = null;
  };
  const clear = () => {
    running?.abort();
    messages = [];
    log.replaceChildren();
    show(hint, true);
  };
  return { node, ask, stop: () => running?.abort(), clear };
}

function question(content) {
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const shown = parts.map((part) =>
    part.type === 'text' ? el('p', {}, part.text) : el('img', { src: part.image_url.url, alt: 'attached picture' }),
  );
  return el('li', { class: 'message asked' }, el('span', { class: 'unseen' }, 'You: '), shown);
}

function answerOf() {
  const thoughts = el('p');
  const thinking = el('details', { class: 'thoughts', hidden: true }, el('summary', {}, 'Thoughts'), thoughts);
  const text = prose();
  const pictures = el('div', { class: 'pictures' });
  const wrong = el('p', { class: 'wrong', hidden: true });
  const facts = el('p', { class: 'sub facts-line', role: 'status' }, 'asking');
  const node = el(
    'li',
    { class: 'message answered', 'aria-busy': 'true' },
    el('span', { class: 'unseen' }, 'Answer: '),
    thinking,
    text.node,
    pictures,
    wrong,
    facts,
  );
  return { node, thinking, thoughts, text, pictures, wrong, facts };
}

/** Ask, and show the answer as it comes; what it said (a picture is told in words), or `null` where it failed. */
async function stream(body, options, answer, signal, log) {
  const began = performance.now();
  const got = { text: '', thoughts: '', pictures: [], first: null, usage: null, id: null };
  const paint = () => showSoFar(answer, got, log);
  try {
    const reply = await ask(body, options, signal);
    showWho(answer, reply, got);
    for await (const { data } of events(reply)) {
      if (data === '[DONE]') break;
      take(JSON.parse(data), got, performance.now() - began);
      nextFrame(paint);
    }
  } catch (error) {
    showWrong(answer, error, signal.aborted);
  }
  paint();
  put(answer.node, 'aria-busy', null);
  say(answer.facts, factsOf(answer, got, performance.now() - began));
  return got.text || (got.pictures.length ? '(a picture)' : null);
}

function ask(body, options, signal) {
  const headers = options.private ? { 'x-potluck-privacy': 'no-training' } : {};
  return post(
    '/v1/chat/completions',
    {
      ...body,
      ...(options.picture && { modalities: ['image', 'text'] }),
      stream: true,
      stream_options: { include_usage: true },
    },
    { headers, signal },
  );
}

function take(event, got, at) {
  if (event.error) throw new Error(event.error.message);
  got.usage = event.usage ?? got.usage;
  const delta = event.choices?.[0]?.delta ?? {};
  const thought = delta.reasoning ?? delta.reasoning_content ?? '';
  if ((delta.content || thought || delta.images) && got.first === null) got.first = at;
  got.text += delta.content ?? '';
  got.thoughts += thought;
  got.pictures.push(
    ...(delta.images ?? []).map((each) => each.image_url?.url ?? '').filter((url) => url.startsWith('data:image/')),
  );
}

function showSoFar(answer, got, log) {
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  show(answer.thinking, Boolean(got.thoughts));
  say(answer.thoughts, got.thoughts);
  answer.text.set(got.text);
  for (const url of got.pictures.slice(answer.pictures.children.length))
    answer.pictures.append(el('img', { src: url, alt: 'a picture that the model made' }));
  if (follows) log.scrollTop = log.scrollHeight;
}

function showWho(answer, reply, got) {
  got.who = reply.headers.get('x-potluck-offer') ?? '';
  got.id = reply.headers.get('x-potluck-request-id');
  got.attempts = Number(reply.headers.get('x-potluck-attempts')) || 1;
  got.dropped = reply.headers.get('x-potluck-dropped');
  say(answer.facts, `${got.who} answers`);
}

function showWrong(answer, error, stopped) {
  say(answer.wrong, stopped ? 'Stopped.' : error.message);
  show(answer.wrong, true);
}

function factsOf(answer, got, took) {
  if (got.id)
    answer.node.append(
      el('a', { class: 'sub', href: `#/requests?id=${encodeURIComponent(got.id)}` }, 'How it was decided'),
    );
  const tokens = got.usage?.completion_tokens;
  const facts = [
    got.who,
    got.attempts > 1 ? count(got.attempts, 'attempt') : null,
    got.first !== null ? `first word ${millis(got.first)}` : null,
    tokens ? count(tokens, 'token') : null,
    got.who ? `${millis(took)} in all` : null,
    got.dropped ? `left out: ${got.dropped}` : null,
  ];
  return facts.filter(Boolean).join(' · ');
}
