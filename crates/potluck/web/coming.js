// What comes back today, and when: each limit's turn on its own clock, counted down for the viewer.

import { el, put, say, show } from './element.js';
import { countdown, hour } from './clock.js';
import { forecast } from './forecast.js';
import { count, whole } from './numbers.js';
import { rows } from './rows.js';

const SHOWN = 6;

/** The list of what comes back. */
export function coming() {
  const list = el('ul', { class: 'comebacks' });
  const none = el('p', { class: 'empty' }, 'Nothing is used up, so nothing has to come back.');
  const node = el('section', {}, el('h2', {}, 'More to come'), none, list);
  const follow = rows(list, { key: (reset) => `${reset.at} ${reset.offers[0]} ${reset.cause}`, make: turn });
  const update = () => {
    const resets = (forecast.told?.resets ?? []).filter((reset) => reset.more > 0).slice(0, SHOWN);
    follow(resets);
    show(node, forecast.told !== null);
    show(none, !resets.length);
    show(list, resets.length > 0);
  };
  return { node, update };
}

function turn() {
  const more = el('span', { class: 'name' });
  const whose = el('span', { class: 'sub' });
  const left = countdown();
  const node = el('li', {}, more, el('span', { class: 'due' }, 'in ', left.node), whose);
  const update = (reset) => {
    say(more, `${whole(reset.more)} more ${reset.more === 1 ? 'request' : 'requests'}`);
    say(whose, [hour(reset.at), clockWords(reset), whoseWords(reset.offers)].filter(Boolean).join(' · '));
    put(whose, 'title', reset.offers.join(', '));
    left.set(reset.at);
  };
  return { node, update, close: left.close };
}

function clockWords({ cause, unit, zone }) {
  if (cause === 'rest') return 'rested';
  if (cause !== 'turn') return '';
  const place = zone === 'UTC' ? 'UTC' : zone ? `in ${zone.split('/').pop().replaceAll('_', ' ')}` : '';
  return unit === 'day' ? `midnight ${place}` : `the ${unit} turns ${place}`;
}

const whoseWords = (offers) => (offers.length === 1 ? offers[0] : count(offers.length, 'model'));
