// How an offer stands, as one word with a sign of its own shape: colour is never the only difference.

import { el, put, say, show } from './element.js';
import { countdown } from './clock.js';

const WORDS = {
  ready: 'ready',
  probation: 'on probation',
  waiting: 'out of quota',
  busy: 'busy',
  cooling: 'resting',
  retired: 'retired',
  refused: 'key refused',
  other: 'other work',
};

const BY_REASON = {
  out_of_quota: 'waiting',
  too_much_for_one: 'waiting',
  exceeds_limit: 'waiting',
  busy: 'busy',
  cooling: 'cooling',
  on_probation: 'probation',
  retired: 'retired',
  credential_refused: 'refused',
};

/** In the order in which they are listed: who can serve first. */
export const STANDINGS = Object.keys(WORDS);

/** How an offer stands for a plain chat. */
export function standing(offer) {
  const reason = offer.reasons[0];
  if (reason) return BY_REASON[reason.reason] ?? 'other';
  return offer.state === 'probation' ? 'probation' : 'ready';
}

/** Whether it can answer a plain chat now. */
export const canAnswer = (offer) => offer.reasons.length === 0;

/** Whether it answers chats at all, now or later: others make vectors, or want a picture. */
export const chats = (offer) => offer.output.includes('text') && standing(offer) !== 'other';

/** The word for people. */
export const word = (name) => WORDS[name];

/** A sign with its word, and a countdown where the end is known. */
export function badge() {
  const sign = el('span', { class: 'sign', 'aria-hidden': 'true' });
  const text = el('span');
  const back = countdown();
  const until = el('span', { class: 'until' }, ' back in ', back.node);
  const node = el('span', { class: 'badge' }, sign, text, until);
  const set = (offer) => {
    const name = standing(offer);
    const end = offer.reasons[0]?.until ?? null;
    put(node, 'data-standing', name);
    say(text, WORDS[name]);
    back.set(end);
    show(until, Boolean(end));
  };
  return { node, set, close: back.close };
}
