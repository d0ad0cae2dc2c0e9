// The page of this minute: who can answer, what is left today, what is under way, and who is back when.

import { el, put, say } from './element.js';
import { eachSecond, hour, now } from './clock.js';
import { calmly } from './frame.js';
import { count, whole } from './numbers.js';
import { onChange, pool } from './pool.js';
import { canAnswer, chats } from './state.js';
import { leftToday } from './summary.js';
import { providerTable } from './lanes.js';
import { comebacks } from './comebacks.js';
import { coming } from './coming.js';
import { forecast, foresee } from './forecast.js';
import { lately } from './lately.js';
import { waiting } from './requests_now.js';

export const title = 'Now';

/** Open the page; the returned function closes it. */
export function open(main) {
  const parts = [headline(), figures(), providerTable(), lately(), comebacks(), coming()];
  const [head, numbers, providers, ended, ...beside] = parts.map((part) => part.node);
  main.append(
    el(
      'div',
      { class: 'page now' },
      head,
      numbers,
      providers,
      el('div', { class: 'split' }, ended, el('div', { class: 'stack' }, beside)),
    ),
  );
  const paint = () => parts.forEach((part) => part.update());
  const repaint = calmly(paint);
  const stop = [onChange(repaint), eachSecond(repaint), foresee()];
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
    const ready = pool.offers.filter((offer) => canAnswer(offer) && chats(offer)).length;
    say(number, pool.told ? whole(ready) : '–');
    say(of, pool.told ? ` of ${whole(pool.offers.filter(chats).length)}` : '');
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
  const simulated = simulatedWords(pool.offers.filter((offer) => offer.simulated).length);
  const others = pool.offers.filter((offer) => !chats(offer)).length;
  const other = others
    ? ` ${count(others, 'more does', 'more do')} other work: vectors, orders of texts, or pictures only.`
    : '';
  if (!ready) return `Everybody rests or is out of quota; below stands who is back first.${simulated}`;
  const draw =
    pool.strategy === 'uniform' ? 'Each has the same chance in the draw.' : 'The draw favours those with most left.';
  return `At ${count(pool.summary.providers, 'provider')}. ${draw}${other}${simulated}`;
}

function simulatedWords(simulated) {
  if (!simulated) return '';
  return simulated === pool.offers.length ? ' All of them are simulated.' : ' Some of them are simulated.';
}

/** The figures of the moment. */
function figures() {
  const today = figure('left today');
  const flying = figure('in flight');
  const line = figure('waiting in line');
  const minute = figure('attempts in the last minute');
  const all = [today, flying, line, minute];
  const node = el(
    'dl',
    { class: 'figures' },
    all.map((each) => each.node),
  );
  const update = () => {
    today.set(...todayWords());
    flying.set(whole(pool.offers.reduce((sum, offer) => sum + offer.in_flight, 0)), 'requests at providers now');
    line.set(whole(waiting().length), 'until somebody is back');
    minute.set(whole(pool.total.lastMinute(now())), 'served and failed');
  };
  return { node, update };
}

/** What is left today: as it is foretold, else the sum of the daily limits. */
function todayWords() {
  const { told } = forecast;
  if (!told) return dailyWords(leftToday(pool.offers));
  const free = told.offers.unlimited ? `; ${count(told.offers.unlimited, 'model')} without any limit` : '';
  return [
    whole(told.requests.today),
    `requests until ${hour(told.day_ends_at)}, ${whole(told.requests.at_once)} at once${free}`,
  ];
}

function dailyWords(left) {
  const without = left.without ? `${count(left.without, 'model')} without a daily limit` : '';
  if (!left.of) return ['∞', without || 'no limits'];
  const of = `of ${whole(left.of)} requests`;
  return [whole(left.requests), without ? `${of}; ${without}` : of];
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
