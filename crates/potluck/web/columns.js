// The columns of the models, and what each sorts by. What nobody knows stands last, whichever way it is sorted.

import { standing, STANDINGS } from './state.js';
import { activityOf } from './pool.js';
import { now } from './clock.js';
import { tightest } from './gauge.js';

/** Far quicker than `localeCompare`, and knows that 8b comes before 70b. */
const { compare: byName } = new Intl.Collator('en', { numeric: true });

const share = (offer) => {
  const limit = tightest(offer.limits);
  return limit ? -limit.remaining / limit.amount : -2;
};
const PRIVACY = { 'no-training': 0, unclear: 1, trains: 2 };

/** Every column: the best first where `by` grows. */
export const COLUMNS = [
  { id: 'model', label: 'Model', hint: 'Sort by name', by: (offer) => offer.model },
  { id: 'state', label: 'State', hint: 'Sort by who can answer', by: (offer) => STANDINGS.indexOf(standing(offer)) },
  {
    id: 'can',
    label: 'Can',
    hint: 'Sort by how much it can do',
    by: (offer) => -offer.features.length - 2 * offer.input.length,
  },
  { id: 'context', label: 'Context', hint: 'Sort by context', by: (offer) => -offer.context },
  {
    id: 'quality',
    label: 'Quality',
    hint: 'Sort by quality',
    by: (offer) => (offer.quality === null ? null : -offer.quality),
  },
  {
    id: 'speed',
    label: 'First word',
    hint: 'Sort by time to the first word',
    by: (offer) => offer.first_event_ms?.p50 ?? null,
  },
  { id: 'left', label: 'Left', hint: 'Sort by what is left', by: share },
  {
    id: 'lately',
    label: 'Lately',
    hint: 'Sort by what it did lately',
    by: (offer) => -activityOf(offer.offer).lastMinute(now()) || null,
  },
  { id: 'privacy', label: 'Prompts', hint: 'Sort by what becomes of prompts', by: (offer) => PRIVACY[offer.privacy] },
];

/** The offers in that order; equals by name, so that nothing jumps about. */
export function sorted(offers, { column, down }) {
  const { by } = COLUMNS.find((each) => each.id === column) ?? COLUMNS[0];
  const keyed = offers.map((offer) => ({ offer, key: by(offer) }));
  const compare = (left, right) => order(left.key, right.key, down) || byName(left.offer.offer, right.offer.offer);
  return keyed.sort(compare).map((each) => each.offer);
}

function order(left, right, down) {
  if (left === null || right === null) return (left === null) - (right === null);
  const way = typeof left === 'string' ? byName(left, right) : left - right;
  return down ? -way : way;
}
