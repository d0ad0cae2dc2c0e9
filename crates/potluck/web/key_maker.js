// Making a client key: what it may, how much, how long; and the key itself, shown once.

import { el, put, say, show } from './element.js';
import { get, post } from './call.js';
import { session, signIn } from './session.js';

const LIMITS = [
  ['requests_per_minute', 'Requests a minute'],
  ['requests_per_day', 'Requests a day'],
  ['tokens_per_minute', 'Tokens a minute'],
  ['tokens_per_day', 'Tokens a day'],
];
const SPANS = [
  ['', 'never'],
  ['1d', 'in a day'],
  ['7d', 'in a week'],
  ['30d', 'in 30 days'],
  ['90d', 'in 90 days'],
  ['365d', 'in a year'],
];

/** The form: `{ node, offer }`; `changed` is called when a key was made. */
export function keyMaker(changed) {
  const form = fields();
  const made = shownOnce();
  const wrong = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const go = el('button', { type: 'submit', class: 'primary' }, 'Make the key');
  const node = el(
    'section',
    { class: 'maker' },
    el('h2', {}, 'A new key'),
    el('form', { class: 'card', autocomplete: 'off' }, form.nodes, wrong, el('div', { class: 'actions' }, go)),
    made.node,
  );
  node.querySelector('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    go.disabled = true;
    const outcome = await make(form).catch((error) => error);
    go.disabled = false;
    say(wrong, outcome instanceof Error ? outcome.message : '');
    show(wrong, outcome instanceof Error);
    if (outcome instanceof Error) return;
    made.show(outcome);
    form.clear();
    changed();
  });
  return { node, offer: form.offer };
}

/** Make it. The first one that manages closes the router to whoever has none: this browser is let in by it at once. */
async function make(form) {
  const opened = !session.keysNeeded;
  const made = await (await post('/keys', form.read())).json();
  if (opened) await signIn(made.key);
  return made;
}

function fields() {
  const name = text('Name', 'What or whom it is for', 'name');
  name.input.required = true;
  const ends = choice('Ends', SPANS);
  const priority = choice('Its requests', [
    ['interactive', 'are served first'],
    ['batch', 'wait behind others'],
  ]);
  const deadline = number('Seconds a request may take', 'as set for all');
  const pools = text('Pools', 'Names with commas between; all where empty', 'pools');
  pools.input.addEventListener('focus', () => suggest(pools.input));
  const models = text('Models', 'Names with commas between; all where empty', 'models');
  const limits = LIMITS.map(([id, label]) => ({ id, ...number(label) }));
  const privacy = tick('Only providers that do not train on prompts');
  const admin = tick('Manages keys and settings');
  const first = el('p', { class: 'sub', hidden: true }, 'The first key has to be one that manages.');
  const nodes = [
    el('div', { class: 'fields' }, name.node, ends.node, priority.node, deadline.node),
    el('div', { class: 'fields' }, pools.node, models.node),
    el(
      'div',
      { class: 'fields four' },
      limits.map((each) => each.node),
    ),
    el('div', { class: 'ticks' }, privacy.node, admin.node, first),
  ];
  const read = () => ({
    name: name.input.value.trim(),
    expires: ends.input.value || null,
    priority: priority.input.value,
    deadline_seconds: deadline.input.value ? Number(deadline.input.value) : null,
    pools: list(pools.input.value),
    models: list(models.input.value),
    privacy: privacy.input.checked ? 'no-training' : null,
    admin: admin.input.checked,
    limits: Object.fromEntries(limits.map(({ id, input }) => [id, input.value ? Number(input.value) : null])),
  });
  const clear = () => {
    for (const { input } of [name, deadline, pools, models, ...limits]) input.value = '';
    for (const { input } of [privacy, admin]) input.checked = false;
  };
  const offer = ({ first: isFirst }) => {
    const only = isFirst && !session.keysNeeded;
    if (only) admin.input.checked = true;
    show(first, only);
  };
  return { nodes, read, clear, offer };
}

/** Say which pools there are. */
async function suggest(input) {
  const told = await get('/v1/models').catch(() => ({ data: [] }));
  const names = told.data.filter((model) => model.potluck.kind === 'pool').map((model) => model.id);
  put(input, 'placeholder', names.length ? `${names.join(', ')}; all where empty` : 'The settings define none');
}

const list = (words) =>
  words
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);

/** The key, once: it is not kept here either. */
function shownOnce() {
  const key = el('code', { class: 'secret' });
  const said = el('span', { class: 'sub', role: 'status' });
  const odd = el('p', { class: 'sub' });
  const copy = el('button', { type: 'button', class: 'button' }, 'Copy');
  const done = el('button', { type: 'button', class: 'button' }, 'I have it');
  const title = el('h3', { tabindex: '-1' }, '');
  const node = el(
    'div',
    { class: 'notice made', hidden: true },
    title,
    el('p', {}, 'This is the only time that it is shown. Give it to the client as its API key.'),
    key,
    odd,
    el('div', { class: 'row' }, copy, done, said),
  );
  copy.addEventListener('click', async () => {
    const copied = await navigator.clipboard.writeText(key.textContent).then(
      () => true,
      () => false,
    );
    if (!copied) getSelection().selectAllChildren(key);
    say(said, copied ? 'Copied.' : 'This browser does not let the page copy: it is selected, copy it by hand.');
  });
  done.addEventListener('click', () => {
    say(key, '');
    show(node, false);
  });
  const showIt = (made) => {
    say(title, `The key ${made.name}`);
    say(key, made.key);
    say(said, '');
    say(odd, (made.warnings ?? []).join(' '));
    show(odd, Boolean(odd.textContent));
    show(node, true);
    title.focus();
  };
  return { node, show: showIt };
}

function text(label, hint, id) {
  const input = el('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', placeholder: hint, name: id });
  return { input, node: labelled(label, input) };
}

function number(label, empty = 'no limit') {
  const input = el('input', { type: 'number', min: 1, step: 1, inputmode: 'numeric', placeholder: empty });
  return { input, node: labelled(label, input) };
}

function choice(label, options) {
  const input = el(
    'select',
    {},
    options.map(([value, words]) => el('option', { value }, words)),
  );
  return { input, node: labelled(label, input) };
}

function tick(label) {
  const input = el('input', { type: 'checkbox' });
  return { input, node: el('label', { class: 'tick' }, input, el('span', {}, label)) };
}

function labelled(label, input) {
  const node = el('label', { class: 'field' }, el('span', {}, label), input);
  put(input, 'aria-label', label);
  return node;
}
