// The requests on their way, and those that just ended, as the router's events tell of them: never what was asked or said.

import { now } from './clock.js';
import { note, offerOf } from './pool.js';

const KEPT = 60;

/** Those on their way, by id. */
export const flying = new Map();
/** Those that ended, the newest first. */
export const ended = [];
const listeners = new Set();

/** Call `act` with each request that ends, until the returned function is called. */
export function onEnd(act) {
  listeners.add(act);
  return () => listeners.delete(act);
}

/** Those who wait until somebody can serve them. */
export const waiting = () => [...flying.values()].filter((each) => !each.offer && now() - each.since > 300);

/** It came. */
export function began({ id, asked, streamed }) {
  flying.set(id, { id, asked, streamed, came: now(), since: now(), offer: null, attempt: 0 });
}

/** An offer is tried. */
export function tried({ id, offer, attempt }) {
  const request = flying.get(id);
  if (request) Object.assign(request, { offer, attempt });
  fly(offer, 1);
}

/** An offer failed. */
export function failed({ id, offer }) {
  const request = flying.get(id);
  if (request) Object.assign(request, { offer: null, since: now() });
  fly(offer, -1);
  settle(offer, false);
}

/** It is over. */
export function over(ending, told) {
  // One that began before this page did is known by its end alone.
  const request = flying.get(told.id) ?? { asked: [], came: now() - told.total_ms, offer: told.offer };
  flying.delete(told.id);
  if (request.offer) fly(request.offer, -1);
  if (request.offer && ending !== 'left') settle(request.offer, ending === 'served');
  remember({ ...request, ...told, ending, came: new Date(request.came).toISOString() });
}

/** Forget who was on their way: after a gap nobody knows. */
export function forget() {
  flying.clear();
}

/** Take over requests of the journal, the newest first, as if they had just been seen. */
export function recall(requests) {
  ended.splice(0, ended.length, ...requests.slice(0, KEPT).map(plain));
  for (const request of requests) for (const attempt of request.attempts) recount(request, attempt);
}

const plain = (request) => ({ ...request, attempts: request.attempts.length });

function recount(request, attempt) {
  const end = Date.parse(request.came) + (attempt.began_ms ?? 0) + (attempt.took_ms ?? 0);
  if (attempt.outcome === 'served') note(attempt.offer, 1, 0, end);
  else if (attempt.outcome !== 'left') note(attempt.offer, 0, 1, end);
}

function remember(request) {
  ended.unshift(request);
  ended.length = Math.min(ended.length, KEPT);
  for (const act of listeners) act(request);
}

function fly(name, by) {
  const offer = offerOf(name);
  if (offer) offer.in_flight = Math.max(0, offer.in_flight + by);
}

function settle(name, served) {
  const offer = offerOf(name);
  if (offer) offer.attempts += 1;
  if (offer && served) offer.served += 1;
  note(name, Number(served), Number(!served));
}
