// The router's time, and what counts down to a moment of it. Moments are shown in the viewer's own zone.

import { say } from './element.js';

let ahead = 0;
const ticking = new Set();
const listeners = new Set();

/** Take over the router's time, so that countdowns are right on a machine whose clock is wrong. */
export function setNow(iso) {
  ahead = Date.parse(iso) - Date.now();
}

/** The router's time in milliseconds. */
export const now = () => Date.now() + ahead;

/** Call `act` each second until the returned function is called. */
export function eachSecond(act) {
  listeners.add(act);
  return () => listeners.delete(act);
}

/** A `<time>` that counts down to a moment by itself; `set(iso)` changes the moment, `null` empties it. */
export function countdown() {
  const node = document.createElement('time');
  node.className = 'countdown';
  let end = null;
  const tick = () => {
    if (end !== null) say(node, span(end - now()));
  };
  const set = (iso) => {
    const next = iso ? Date.parse(iso) : null;
    if (next === end) return;
    end = next;
    if (end === null) clear(node);
    else name(node, iso);
    if (end === null) ticking.delete(tick);
    else ticking.add(tick);
    tick();
  };
  return { node, set, close: () => ticking.delete(tick) };
}

function clear(node) {
  node.removeAttribute('datetime');
  node.removeAttribute('title');
  say(node, '');
}

function name(node, iso) {
  node.dateTime = iso;
  node.title = moment(iso);
}

/** A span as two units at most: `3 h 07 min`, `41 s`. */
export function span(milliseconds) {
  const all = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, '0');
  const [days, hours, minutes, seconds] = [
    Math.floor(all / 86400),
    Math.floor(all / 3600) % 24,
    Math.floor(all / 60) % 60,
    all % 60,
  ];
  if (days) return `${days} d ${two(hours)} h`;
  if (hours) return `${hours} h ${two(minutes)} min`;
  if (minutes) return `${minutes} min ${two(seconds)} s`;
  return `${seconds} s`;
}

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const SECOND = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A moment with its date and zone. */
export const moment = (iso) => FULL.format(new Date(iso));

/** A moment to the second, without its day. */
export const second = (iso) => SECOND.format(new Date(iso));

/** A moment as somebody would say it: the hour today, the weekday and the hour later. */
export function hour(iso) {
  const date = new Date(iso);
  const today = new Date(now()).toDateString() === date.toDateString();
  return (today ? HOUR : DAY).format(date);
}

const pulse = () => {
  if (!document.hidden) for (const each of [...ticking, ...listeners]) each();
  setTimeout(pulse, 1000 - (Date.now() % 1000));
};
pulse();
