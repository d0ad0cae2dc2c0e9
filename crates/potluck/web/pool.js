// The pool as the router tells it, and who wants to know when it changes.

import { Activity } from './activity.js';
import { now, setNow } from './clock.js';

/** The pool as it was last told. */
export const pool = {
  /** Whether anything was told yet. */
  told: false,
  strategy: '',
  summary: {},
  offers: [],
  idle: [],
  /** By offer: what it did in the last minutes. */
  activity: new Map(),
  /** Of all offers together. */
  total: new Activity(),
};

const listeners = new Set();

/** Call `act` after each change until the returned function is called. */
export function onChange(act) {
  listeners.add(act);
  return () => listeners.delete(act);
}

/** Take in the whole pool. */
export function take(snapshot) {
  setNow(snapshot.now);
  const before = new Map(pool.offers.map((offer) => [offer.offer, offer]));
  for (const offer of snapshot.offers) count(before.get(offer.offer), offer);
  const { strategy, summary, offers, idle } = snapshot;
  Object.assign(pool, { told: true, strategy, summary, offers, idle });
  tell();
}

/** Tell everybody that something changed. */
export function tell() {
  for (const act of listeners) act();
}

/** What an offer did. */
export function activityOf(name) {
  if (!pool.activity.has(name)) pool.activity.set(name, new Activity());
  return pool.activity.get(name);
}

/** What ended between two looks at an offer. A restarted router counts from nothing. */
function count(before, after) {
  if (!before || after.attempts < before.attempts) return;
  const served = after.served - before.served;
  const failed = after.attempts - before.attempts - served;
  if (!served && !failed) return;
  activityOf(after.offer).note(served, failed, now());
  pool.total.note(served, failed, now());
}
