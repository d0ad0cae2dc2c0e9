// What is left of a limit: a bar, the figures in words, and a countdown to when it is full again.

import { el, put, say, show } from './element.js';
import { countdown } from './clock.js';
import { short, whole } from './numbers.js';

/** A gauge of one limit; `set(limit)` shows it. */
export function gauge() {
  const fill = el('span', { class: 'fill' });
  const bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, fill);
  const left = el('span', { class: 'left' });
  const back = countdown();
  const resets = el('span', { class: 'resets' }, 'more in ', back.node);
  const node = el('span', { class: 'gauge' }, bar, left, resets);
  const set = (limit) => {
    show(node, Boolean(limit));
    if (!limit) return;
    const share = limit.amount ? Math.min(1, limit.remaining / limit.amount) : 0;
    fill.style.transform = `scaleX(${share.toFixed(3)})`;
    put(node, 'data-level', level(share));
    say(left, leftWords(limit));
    put(left, 'title', `${whole(limit.remaining)} of ${whole(limit.amount)} ${meter(limit)} ${per(limit)}`);
    back.set(limit.used ? limit.resets_at : null);
    show(resets, Boolean(limit.used && limit.resets_at));
  };
  return { node, set, close: back.close };
}

const level = (share) => (share <= 0 ? 'none' : share < 0.2 ? 'low' : 'some');

/** What is left, as short as can be. */
function leftWords(limit) {
  return `${short(limit.remaining)} / ${short(limit.amount)} ${meter(limit)} ${per(limit)}`;
}

/** What a limit counts, in words. */
export const meter = (limit) => limit.counts.replaceAll('_', ' ');

/** Over which time. */
export const per = (limit) =>
  limit.per === 'at once' ? 'at once' : limit.per === 'hour' ? 'an hour' : `a ${limit.per}`;

/** The limit that is nearest to its end; of equals, the longest. */
export function tightest(limits) {
  const share = (limit) => (limit.amount ? limit.remaining / limit.amount : 0);
  const timed = limits.filter((limit) => limit.resets_at);
  const order = (left, right) => share(left) - share(right) || Date.parse(right.resets_at) - Date.parse(left.resets_at);
  return timed.sort(order)[0] ?? null;
}
