// One client key: what it may do, how much of it is used, and the way to revoke it.

import { el, put, say, show } from './element.js';
import { remove } from './call.js';
import { moment, now } from './clock.js';
import { gauge } from './gauge.js';
import { count, short } from './numbers.js';
import { rows } from './rows.js';

const WORDS = { active: 'in use', expired: 'expired', revoked: 'revoked' };

/** A card: `{ node, update }`; `changed` is called when it was revoked. */
export function keyCard(first, changed) {
  const state = el('span', { class: 'sub' });
  const used = el('p', { class: 'sub' });
  const left = el('div', { class: 'gauges' });
  const wrong = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const off = el('button', { type: 'button', class: 'button small' }, 'Revoke');
  off.setAttribute('aria-label', `Revoke ${first.name}`);
  off.addEventListener('click', async () => {
    if (!(await sure(first))) return;
    const failed = await remove(`/keys/${encodeURIComponent(first.id)}`).then(changed, (error) => error);
    say(wrong, failed?.message ?? '');
    show(wrong, Boolean(failed));
  });
  const name = el('h3', {}, first.name, first.admin ? el('span', { class: 'tag' }, 'manages') : null);
  const head = el('div', { class: 'card-head' }, name, el('code', {}, `${first.prefix}…`), state);
  const node = el('li', { class: 'card' }, head, rights(first), used, left, wrong, off);
  const follow = rows(left, { key: (limit) => `${limit.counts}/${limit.per}`, make: gaugeRow });
  const update = (key) => {
    put(node, 'data-state', key.state);
    say(state, stateWords(key));
    say(used, usedWords(key));
    follow(key.state === 'active' ? (key.gauges ?? []) : []);
    show(off, key.state === 'active');
  };
  return { node, update };
}

function gaugeRow() {
  const { node, set, close } = gauge();
  return { node, update: set, close };
}

function stateWords({ state, expires, revoked, created }) {
  if (state === 'revoked') return `revoked on ${moment(revoked)}`;
  if (state === 'expired') return `expired on ${moment(expires)}`;
  const end = expires ? `, until ${moment(expires)}` : '';
  return `${WORDS[state] ?? state} since ${moment(created)}${end}`;
}

function usedWords({ used, last_used: last }) {
  if (!last) return 'Never used.';
  const ago = Math.max(0, now() - Date.parse(last));
  const when = ago < 60000 ? 'within the last minute' : moment(last);
  return `${count(used.requests_today ?? 0, 'request')} and ${short(used.tokens_today ?? 0)} tokens today; last used ${when}.`;
}

/** What it may ask for; nothing where it may all. */
function rights({ priority, deadline_seconds: seconds, pools, models, privacy }) {
  const chips = [
    priority === 'batch' ? 'waits behind others' : null,
    seconds ? `${seconds} s a request` : null,
    privacy === 'no-training' ? 'no training on prompts' : null,
    ...pools.map((pool) => `pool ${pool}`),
    ...models,
  ].filter(Boolean);
  return chips.length
    ? el(
        'p',
        { class: 'chips' },
        chips.map((chip) => el('span', { class: 'chip' }, chip)),
      )
    : null;
}

/** Ask whether it is meant: what used it stops at once. */
function sure(key) {
  const keep = el('button', { type: 'submit', class: 'button', value: 'keep' }, 'Keep it');
  const revoke = el('button', { type: 'submit', class: 'primary', value: 'revoke' }, 'Revoke it');
  const title = el('h2', { id: 'revoke-title' }, `Revoke ${key.name}?`);
  const words = el('p', {}, 'Whoever uses it is refused from then on. It cannot be taken back.');
  const form = el('form', { method: 'dialog' }, title, words, el('div', { class: 'actions' }, keep, revoke));
  const dialog = el('dialog', { 'aria-labelledby': 'revoke-title' }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'revoke');
    });
  });
}
