// The providers of this minute, a lane each: their models as marks, what flies to them, what is left, and when it is back.

import { el, put, say, show } from './element.js';
import { hour, now } from './clock.js';
import { gauge } from './gauge.js';
import { count, whole } from './numbers.js';
import { activityOf, pool } from './pool.js';
import { rows } from './rows.js';
import { spark } from './spark.js';
import { canAnswer, standing, word } from './state.js';
import { byProvider, pooled } from './summary.js';

const PIPS = 6;

/** The table of providers. */
export function providerTable() {
  const body = el('tbody', { role: 'rowgroup' });
  const heads = ['Provider', 'Models', 'In flight', 'Last minutes', 'Left'].map((name) =>
    el('th', { scope: 'col', role: 'columnheader' }, name),
  );
  const head = el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, heads));
  const table = el('table', { class: 'lanes', role: 'table', 'aria-labelledby': 'lanes-title' }, head, body);
  const node = el('section', {}, el('h2', { id: 'lanes-title' }, 'Providers'), table);
  const follow = rows(body, { key: (provider) => provider.id, make: lane });
  const update = () => {
    show(node, pool.offers.length > 0);
    follow(byProvider(pool.offers));
  };
  return { node, update };
}

function lane(provider) {
  const parts = [marks(), flight(), recently(), left()];
  const ready = el('span', { class: 'sub' });
  const name = el(
    'span',
    { class: 'name' },
    provider.id,
    provider.simulated ? el('span', { class: 'tag' }, 'simulated') : null,
  );
  const cells = parts.map((part) =>
    el('td', { class: part.class, role: 'cell', data: { label: part.label } }, part.node),
  );
  const node = el('tr', { role: 'row' }, el('th', { scope: 'row', role: 'rowheader' }, name, ready), cells);
  const update = ({ offers }) => {
    say(ready, `${whole(offers.filter(canAnswer).length)} of ${count(offers.length, 'model')} ready`);
    for (const part of parts) part.update(offers);
  };
  return { node, update, close: () => parts.forEach((part) => part.close?.()) };
}

/** A mark for each model. */
function marks() {
  const node = el('span', { class: 'marks', role: 'img' });
  const make = () => {
    const mark = el('i', { class: 'sign' });
    const update = (offer) => {
      put(mark, 'data-standing', standing(offer));
      put(mark, 'title', `${offer.model}: ${word(standing(offer))}`);
    };
    return { node: mark, update };
  };
  const follow = rows(node, { key: (offer) => offer.offer, make });
  const update = (offers) => {
    follow(offers);
    put(node, 'aria-label', markWords(offers));
  };
  return { node, update, class: 'cell-marks', label: 'Models' };
}

function markWords(offers) {
  const numbers = new Map();
  for (const offer of offers) numbers.set(standing(offer), (numbers.get(standing(offer)) ?? 0) + 1);
  return [...numbers].map(([name, number]) => `${number} ${word(name)}`).join(', ');
}

/** A pip for each request at the provider. */
function flight() {
  const number = el('span', { class: 'figure-small' });
  const pips = Array.from({ length: PIPS }, () => el('i', { class: 'pip' }));
  const node = el('span', { class: 'flight' }, number, el('span', { class: 'pips', 'aria-hidden': 'true' }, pips));
  const update = (offers) => {
    const flying = offers.reduce((sum, offer) => sum + offer.in_flight, 0);
    say(number, whole(flying));
    pips.forEach((pip, at) => put(pip, 'data-on', at < flying));
  };
  return { node, update, class: 'cell-flight', label: 'In flight' };
}

/** What the provider's offers did in the last minutes, together. */
function recently() {
  const { node, set } = spark();
  const update = (offers) => {
    const each = offers.map((offer) => activityOf(offer.offer).until(now()));
    const sum = (at, what) => each.reduce((all, slices) => all + slices[at][what], 0);
    set(each[0].map((_, at) => ({ served: sum(at, 'served'), failed: sum(at, 'failed') })));
  };
  return { node, update, class: 'cell-spark', label: 'Last minutes' };
}

/** Its longest limit, and the one that is nearest to its end. */
function left() {
  const first = gauge();
  const other = gauge();
  const none = el('span', { class: 'sub' }, 'no known limit');
  const clock = el('span', { class: 'sub clock' });
  const node = el('span', { class: 'gauges' }, first.node, clock, other.node, none);
  const update = (offers) => {
    const [longest, ...rest] = pooled(offers);
    const near = rest.find((limit) => limit.remaining / limit.amount < 0.5) ?? null;
    first.set(longest);
    other.set(near);
    show(none, !longest);
    say(clock, longest ? clockWords(longest) : '');
    show(clock, Boolean(longest?.calendar));
  };
  return {
    node,
    update,
    class: 'cell-left',
    label: 'Left',
    close: () => [first, other].forEach((each) => each.close()),
  };
}

/** Where a limit keeps to a calendar: its turn on its own clock and on the viewer's. */
function clockWords(limit) {
  const zone = /@(.+)$/.exec(limit.bucket)?.[1];
  const own = zone
    ? `midnight ${zone === 'UTC' ? 'UTC' : `in ${zone.split('/').pop().replaceAll('_', ' ')}`}`
    : 'its clock’s turn';
  return limit.calendar && limit.resets_at ? `all of it is back at ${hour(limit.resets_at)}, ${own}` : '';
}
