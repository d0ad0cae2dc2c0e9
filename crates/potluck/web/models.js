// The page of all offers: narrowed, sorted, each with its state, what it can do and what is left of it.
//
// Three hundred rows are kept in the page, so that the browser's own search finds them; only those in sight are updated.

import { el, put, say, show } from './element.js';
import { eachSecond } from './clock.js';
import { calmly, nextFrame } from './frame.js';
import { count } from './numbers.js';
import { filters } from './filters.js';
import { COLUMNS, sorted } from './columns.js';
import { offerRow } from './offer_row.js';
import { onChange, pool } from './pool.js';
import { rows } from './rows.js';
import { canAnswer } from './state.js';

export const title = 'Models';

/** Open the page; the returned function closes it. */
export function open(main, query) {
  const order = { column: query.get('by') ?? 'model', down: query.get('down') === 'yes' };
  const narrow = filters(query, () => changed());
  const table = offerTable(order, () => changed());
  const found = el('p', { class: 'lede', role: 'status' });
  const head = el('header', { class: 'head' }, el('h1', {}, 'Models'), found);
  main.append(el('div', { class: 'page models' }, head, narrow.node, table.node));
  const paint = () => {
    const fitting = pool.offers.filter(narrow.fits);
    narrow.update();
    table.update(sorted(fitting, order));
    say(found, foundWords(fitting));
  };
  const repaint = calmly(paint);
  const changed = () => {
    keep(narrow.words(), order);
    repaint();
  };
  const stop = [onChange(repaint), eachSecond(() => nextFrame(table.refresh))];
  paint();
  return () => {
    stop.forEach((each) => each());
    table.close();
  };
}

function foundWords(fitting) {
  if (!pool.told) return 'Asking the router.';
  const all = fitting.length === pool.offers.length ? '' : ` of ${pool.offers.length}`;
  return `${count(fitting.length, 'model')}${all}, ${fitting.filter(canAnswer).length} can answer now`;
}

/** The address says what is shown, so that it can be kept and sent. */
function keep(words, order) {
  const query = new URLSearchParams(words);
  if (order.column !== 'model' || order.down) query.set('by', order.column);
  if (order.down) query.set('down', 'yes');
  const text = query.toString();
  history.replaceState(null, '', `#/models${text ? `?${text}` : ''}`);
}

function offerTable(order, changed) {
  const heads = COLUMNS.map((column) => headCell(column, order, changed));
  const head = el(
    'thead',
    { role: 'rowgroup' },
    el(
      'tr',
      { role: 'row' },
      heads.map((each) => each.node),
    ),
  );
  const body = el('tbody', { role: 'rowgroup' });
  const table = el('table', { class: 'offers', role: 'table', 'aria-label': 'Models' }, head, body);
  const none = el('p', { class: 'empty' }, 'No model fits. Take something off the filters above.');
  const sight = inSight();
  const make = (offer) => sight.watch(offerRow(offer));
  const follow = rows(body, { key: (offer) => offer.offer, make });
  const update = (offers) => {
    follow(offers);
    heads.forEach((each) => each.update());
    show(none, pool.told && !offers.length);
  };
  return {
    node: el('div', { class: 'wide' }, table, none),
    update,
    refresh: sight.refresh,
    close: () => {
      follow([]);
      sight.close();
    },
  };
}

function headCell({ id, label, hint }, order, changed) {
  const turn = () => {
    order.down = order.column === id ? !order.down : false;
    order.column = id;
    changed();
  };
  const button = el('button', { type: 'button', class: 'sort', title: hint, on: { click: turn } }, label);
  const node = el('th', { scope: 'col', role: 'columnheader', class: `col-${id}` }, button);
  const update = () => put(node, 'aria-sort', order.column === id ? (order.down ? 'descending' : 'ascending') : 'none');
  return { node, update };
}

/** Rows that hold their update back until they are in sight. */
function inSight() {
  const known = new Map();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) known.get(entry.target)?.see(entry.isIntersecting);
    },
    { rootMargin: '200px' },
  );
  const watch = (row) => {
    const held = holdBack(row);
    known.set(row.node, held);
    observer.observe(row.node);
    const close = () => {
      observer.unobserve(row.node);
      known.delete(row.node);
      row.close();
    };
    return { node: row.node, update: held.update, close };
  };
  const refresh = () => known.forEach((held) => held.refresh());
  return { watch, refresh, close: () => observer.disconnect() };
}

function holdBack(row) {
  let seen = false;
  let latest = null;
  const paint = () => seen && latest && row.update(latest);
  const see = (visible) => {
    seen = visible;
    if (visible) nextFrame(paint);
  };
  const update = (offer) => {
    latest = offer;
    paint();
  };
  return { see, update, refresh: paint };
}
