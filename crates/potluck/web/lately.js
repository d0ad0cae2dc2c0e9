// The requests of this moment: those on their way, and under them those that just ended.

import { el, put, say, show } from './element.js';
import { now, second } from './clock.js';
import { count, millis } from './numbers.js';
import { ended, flying } from './requests_now.js';
import { rows } from './rows.js';

const SHOWN = 9;

/** The list. */
export function lately() {
  const list = el('ul', { class: 'lately' });
  const none = el(
    'p',
    { class: 'empty' },
    'No request yet. Ask something in the ',
    el('a', { href: '#/playground' }, 'playground'),
    ', or point a client at this address.',
  );
  const node = el('section', {}, el('h2', {}, 'Just now'), none, list);
  const follow = rows(list, { key: (request) => request.id, make: line });
  const update = () => {
    const all = [...[...flying.values()].reverse(), ...ended].slice(0, SHOWN);
    follow(all);
    show(none, !all.length);
    show(list, all.length > 0);
  };
  return { node, update };
}

function line() {
  const sign = el('span', { class: 'ending', 'aria-hidden': 'true' });
  const who = el('a', { class: 'name' });
  const when = el('span', { class: 'sub' });
  const took = el('span', { class: 'took' });
  const node = el('li', {}, sign, el('span', { class: 'who' }, who, when), took);
  const update = (request) => {
    const ending = request.ending ?? (request.offer ? 'flying' : 'waiting');
    put(node, 'data-ending', ending);
    say(who, request.offer ?? request.asked.join(', ') ?? 'free');
    put(who, 'href', request.ending ? `#/requests?id=${encodeURIComponent(request.id)}` : null);
    say(when, whenWords(request, ending));
    say(took, tookWords(request));
  };
  return { node, update };
}

const ENDINGS = {
  served: '',
  broke: 'broke off',
  refused: 'nobody could serve it',
  left: 'the client left',
  flying: 'on its way',
  waiting: 'waits in line',
};

function whenWords(request, ending) {
  const asked = request.asked?.length ? `asked for ${request.asked.join(', ')}` : 'asked for any';
  const tried = request.attempts > 1 ? count(request.attempts, 'attempt') : '';
  const came = request.ending ? second(request.came) : '';
  return [came, asked, tried, ENDINGS[ending]].filter(Boolean).join(' · ');
}

function tookWords(request) {
  if (!request.ending) return `${((now() - request.came) / 1000).toFixed(0)} s`;
  return request.first_content_ms === null || request.first_content_ms === undefined
    ? millis(request.total_ms)
    : `${millis(request.first_content_ms)} · ${millis(request.total_ms)}`;
}
