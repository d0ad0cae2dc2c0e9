// The page of client keys: who may ask this router for what, how much of it is used, making one, and revoking one.

import { el, say, show } from './element.js';
import { get, letIn } from './call.js';
import { count } from './numbers.js';
import { keyCard } from './key_card.js';
import { keyMaker } from './key_maker.js';
import { onSession, session, signOut } from './session.js';
import { rows } from './rows.js';

export const title = 'Keys';

const EACH = 5000;

/** Open the page; the returned function closes it. */
export function open(main) {
  const lede = el('p', { class: 'lede', role: 'status' }, 'Asking the router.');
  const who = whoIsIn();
  const list = el('ul', { class: 'cards' });
  const held = el('section', { hidden: true }, el('h2', {}, 'Keys that were made'), list);
  const follow = rows(list, { key: (key) => key.id, make: (key) => keyCard(key, () => load()) });
  const maker = keyMaker(() => load());
  const head = el('header', { class: 'head' }, el('h1', {}, 'Keys'), lede, who.node);
  main.append(el('div', { class: 'page keys' }, head, maker.node, held));
  let open = true;
  const load = async () => {
    const told = await get('/keys').catch((error) => error);
    if (!open) return;
    const keys = told.data ?? [];
    const active = keys.filter((key) => key.state === 'active').length;
    say(lede, told.data ? ledeWords(active) : forbiddenWords(told));
    follow([...keys].sort(order));
    show(held, keys.length > 0);
    show(maker.node, Boolean(told.data));
    maker.offer({ first: active === 0 });
    who.update();
  };
  show(maker.node, false);
  const stop = onSession(who.update);
  const timer = setInterval(() => !document.hidden && load(), EACH);
  load();
  return () => {
    open = false;
    stop();
    clearInterval(timer);
  };
}

const order = (left, right) => rank(left) - rank(right) || right.created.localeCompare(left.created);
const rank = (key) => (key.state === 'active' ? 0 : 1);

function ledeWords(active) {
  if (active) return `${count(active, 'key')} in use. A key is shown once, when it is made; only its hash is kept.`;
  return 'No key was made yet: whoever is on this machine may ask. The first key has to be one that manages, and from then on every client needs a key.';
}

const forbiddenWords = (error) =>
  error.status === 403 ? 'Only a key that manages may see and make keys.' : error.message;

/** Who is signed in, and the way out. */
function whoIsIn() {
  const words = el('span', { class: 'sub' });
  const out = el('button', { type: 'button', class: 'button small', on: { click: () => leave() } }, 'Sign out');
  const other = el(
    'button',
    { type: 'button', class: 'button small', on: { click: () => letIn({ asked: true }).then(() => location.reload()) } },
    'Sign in with a key that manages',
  );
  const node = el('p', { class: 'who row', hidden: true }, words, out, other);
  const leave = async () => {
    await signOut();
    location.reload();
  };
  const update = () => {
    say(words, session.name ? `Signed in as ${session.name}.` : '');
    show(out, session.keysNeeded);
    show(other, session.keysNeeded && !session.admin);
    show(node, session.keysNeeded);
  };
  update();
  return { node, update };
}
