// The page of this minute: who can answer, what is left today, what is under way, and who is back when.

import { el, put, say, show } from './element.js';
import { eachSecond, now } from './clock.js';
import { nextFrame } from './frame.js';
import { count, whole } from './numbers.js';
import { onChange, pool } from './pool.js';
import { canAnswer } from './state.js';
import { leftToday } from './summary.js';
import { providerTable } from './lanes.js';
import { comebacks } from './comebacks.js';

export const title = 'Now';

/** Open the page; the returned function closes it. */
export function open(main) {
  const parts = [headline(), figures(), providerTable(), comebacks()];
  main.append(el('div', { class: 'page now' }, parts.map((part) => part.node)));
  const paint = () => parts.forEach((part) => part.update());
  const repaint = () => nextFrame(paint);
  const stop = [onChange(repaint), eachSecond(repaint)];
  paint();
  return () => {
    stop.forEach((each) => each());
    parts.forEach((part) => part.close?.());
  };
}

/** How many can answer, in a sentence. */
function headline() {
  const number = el('span', { class: 'number' });
  const of = el('span', { class: 'of' });
  const rest = el('span');
  const lede = el('p', { class: 'lede' });
  const node = el('header', { class: 'head' }, el('h1', { class: 'headline' }, number, of, rest), lede);
  const update = () => {
    const ready = pool.offers.filter(canAnswer).length;
    say(number, pool.told ? whole(ready) : '–');
    say(of, pool.told ? ` of ${whole(pool.offers.length)}` : '');
    say(rest, ' models can answer this minute');
    say(lede, ledeWords(ready));
    put(node, 'data-level', pool.told && ready === 0 ? 'none' : 'some');
  };
  return { node, update };
}

function ledeWords(ready) {
  if (!pool.told) return 'Asking the router.';
  if (!pool.offers.length) {
    return 'There is nobody to draw from yet. Set a provider’s key in the environment and start the router again: the page Providers says which ones, and where to get them.';
  }
  const simulated = pool.offers.some((offer) => offer.simulated) ? ' Some of these providers are simulated.' : '';
  if (!ready) return `Everybody rests or is out of quota; below stands who is back first.${simulated}`;
  const draw = pool.strategy === 'uniform' ? 'Each has the same chance in the draw.' : 'The draw favours those with most left.';
  return `At ${count(pool.summary.providers, 'provider')}. ${draw}${simulated}`;
}

/** The figures of the moment. */
function figures() {
  const today = figure('left today');
  const flying = figure('in flight');
  const waiting = figure('waiting in line');
  const minute = figure('attempts in the last minute');
  const all = [today, flying, waiting, minute];
  const node = el('dl', { class: 'figures' }, all.map((each) => each.node));
  const update = () => {
    const left = leftToday(pool.offers);
    today.set(left.of ? whole(left.requests) : '∞', todayWords(left));
    flying.set(whole(pool.offers.reduce((sum, offer) => sum + offer.in_flight, 0)), 'requests at providers now');
    show(waiting.node, pool.summary.waiting !== undefined);
    waiting.set(whole(pool.summary.waiting ?? 0), 'until somebody is back');
    minute.set(whole(pool.total.lastMinute(now())), 'seen by this page');
  };
  return { node, update };
}

function todayWords(left) {
  const without = left.without ? `${count(left.without, 'model')} without a daily limit` : '';
  if (!left.of) return without || 'no limits';
  const of = `of ${whole(left.of)} requests`;
  return without ? `${of}; ${without}` : of;
}

function figure(label) {
  const value = el('dd', { class: 'value' });
  const note = el('dd', { class: 'note' });
  const node = el('div', { class: 'figure' }, el('dt', {}, label), value, note);
  const set = (text, words) => {
    say(value, text);
    say(note, words);
  };
  return { node, set };
}
