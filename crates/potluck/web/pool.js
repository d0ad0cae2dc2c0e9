// The pool as the router tells it, whole or change by change, and who wants to know when it changes.

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
  /** Which configuration is in force, and what is wrong with a newer one. */
  configuration: null,
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

/** Tell everybody that something changed. */
export function tell() {
  for (const act of listeners) act();
}

/** Take in the whole pool. What ended since the last look is counted, unless events tell of it anyway. */
export function take(snapshot, { counting = false } = {}) {
  setNow(snapshot.now);
  if (counting) {
    const before = new Map(pool.offers.map((offer) => [offer.offer, offer]));
    for (const offer of snapshot.offers) count(before.get(offer.offer), offer);
  }
  const { strategy, summary, offers, idle, configuration } = snapshot;
  Object.assign(pool, { told: true, strategy, summary, offers, idle, configuration });
  tell();
}

/** What an offer did. */
export function activityOf(name) {
  if (!pool.activity.has(name)) pool.activity.set(name, new Activity());
  return pool.activity.get(name);
}

/** Count attempts of an offer that ended at `at`. */
export function note(name, served, failed, at = now()) {
  activityOf(name).note(served, failed, at);
  pool.total.note(served, failed, at);
}

/** The offer of that name, while it is on offer. */
export const offerOf = (name) => pool.offers.find((offer) => offer.offer === name);

/** One more offer, or the same anew. */
export function add(offer) {
  remove(offer.offer);
  pool.offers.push(offer);
}

/** One offer less. */
export function remove(name) {
  pool.offers = pool.offers.filter((offer) => offer.offer !== name);
}

/** How an offer stands now. */
export function stand({ offer: name, was, ...standing }) {
  Object.assign(offerOf(name) ?? {}, standing);
}

/** Files were read again. */
export function configure(configuration) {
  pool.configuration = configuration;
}

/** How a limit stands now, for all offers that share it. */
export function setLimit({ change, ...limit }) {
  for (const offer of pool.offers) {
    const place = offer.limits.findIndex((each) => each.bucket === limit.bucket);
    if (place >= 0) offer.limits[place] = limit;
  }
}

/** What ended between two looks at an offer. A restarted router counts from nothing. */
function count(before, after) {
  if (!before || after.attempts < before.attempts) return;
  const served = after.served - before.served;
  const failed = after.attempts - before.attempts - served;
  if (served || failed) note(after.offer, served, failed);
}
