// Who cannot answer now, why, and when each is back: first those who are back first.

import { el, put, say, show } from './element.js';
import { count } from './numbers.js';
import { pool } from './pool.js';
import { rows } from './rows.js';
import { badge, canAnswer, chats } from './state.js';

const SHOWN = 12;

/** The list of those who cannot answer. */
export function comebacks() {
  const list = el('ul', { class: 'comebacks' });
  const more = el('p', { class: 'sub' });
  const none = el('p', { class: 'empty' }, 'Nobody rests: every model can answer.');
  const node = el('section', {}, el('h2', {}, 'Back soon'), none, list, more);
  const follow = rows(list, { key: (offer) => offer.offer, make: comeback });
  const update = () => {
    const away = pool.offers.filter((offer) => !canAnswer(offer) && chats(offer)).sort(byReturn);
    follow(away.slice(0, SHOWN));
    show(none, !away.length);
    show(list, away.length > 0);
    const rest = away.length - SHOWN;
    show(more, rest > 0);
    say(more, `and ${count(Math.max(0, rest), 'other')}: the page Models has all, with the reason of each`);
    show(node, pool.offers.length > 0);
  };
  return { node, update };
}

const ends = (offer) => offer.reasons[0].until ?? '9';
const byReturn = (left, right) => ends(left).localeCompare(ends(right)) || left.offer.localeCompare(right.offer);

function comeback() {
  const { node: standing, set, close } = badge();
  const name = el('span', { class: 'name' });
  const why = el('span', { class: 'sub' });
  const node = el('li', {}, name, standing, why);
  const update = (offer) => {
    say(name, offer.offer);
    say(why, offer.reasons.map((reason) => reason.detail).join('; '));
    put(node, 'title', offer.last_failure?.detail);
    set(offer);
  };
  return { node, update, close };
}
