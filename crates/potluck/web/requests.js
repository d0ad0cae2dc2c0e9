// The page of the journal: what became of requests, the newest first, each with how it was decided.

import { el, put, say, show } from './element.js';
import { get } from './call.js';
import { count } from './numbers.js';
import { nextFrame } from './frame.js';
import { requestDetail } from './request_detail.js';
import { requestRow } from './request_row.js';
import { onEnd } from './requests_now.js';
import { rows } from './rows.js';

export const title = 'Requests';

const PAGE = 60;
const KEPT = 600;
const ENDINGS = [
  ['', 'all endings'],
  ['served', 'served'],
  ['broke', 'broke off'],
  ['refused', 'refused'],
  ['left', 'the client left'],
];

/** Open the page; the returned function closes it. */
export function open(main, query) {
  const lede = el('p', { class: 'lede', role: 'status' }, 'Asking the router.');
  const detail = requestDetail(() => choose(null));
  const journal = journalOf(query.get('ending') ?? '', lede);
  const table = requestTable((id) => choose(id));
  const ending = el(
    'select',
    { 'aria-label': 'How it ended' },
    ENDINGS.map(([value, words]) => el('option', { value }, words)),
  );
  ending.value = query.get('ending') ?? '';
  const older = el('button', { type: 'button', class: 'button', hidden: true }, 'Older ones');
  const none = el(
    'p',
    { class: 'empty', hidden: true },
    'No request is kept that ended so. Ask something in the ',
    el('a', { href: '#/playground' }, 'playground'),
    '.',
  );
  let chosen = query.get('id');
  const paint = () => {
    table.update(journal.requests, chosen);
    show(older, journal.next !== null);
    show(none, journal.read && !journal.requests.length);
  };
  const choose = (id) => {
    chosen = chosen === id ? null : id;
    keep(chosen, ending.value);
    detail.open(chosen);
    nextFrame(paint);
  };
  const turn = async () => {
    await journal.begin(ending.value);
    keep(chosen, ending.value);
    paint();
  };
  ending.addEventListener('change', turn);
  older.addEventListener('click', () => journal.more().then(paint));
  const stop = onEnd(() => journal.soon(() => nextFrame(paint)));
  const head = el('header', { class: 'head' }, el('h1', {}, 'Requests'), lede);
  main.append(
    el(
      'div',
      { class: 'page requests' },
      head,
      el('div', { class: 'filters' }, ending),
      detail.node,
      el('div', {}, table.node, none),
      el('div', {}, older),
    ),
  );
  detail.open(chosen);
  turn();
  return () => {
    stop();
    journal.close();
  };
}

function keep(id, ending) {
  const query = new URLSearchParams(
    [
      ['id', id],
      ['ending', ending],
    ].filter(([, value]) => value),
  );
  const text = query.toString();
  history.replaceState(null, '', `#/requests${text ? `?${text}` : ''}`);
}

/** The pages of the journal that were read. */
function journalOf(first, lede) {
  const journal = { requests: [], next: null, read: false };
  let ending = first;
  let timer = null;
  const page = (before) =>
    get(`/pool/journal?limit=${PAGE}${ending ? `&ending=${ending}` : ''}${before ? `&before=${before}` : ''}`);
  const trouble = (error) => say(lede, error.status === 404 ? 'This router keeps no journal.' : error.message);
  journal.begin = async (word) => {
    ending = word;
    await page().then((told) => {
      Object.assign(journal, { requests: told.requests, next: told.next, read: true });
      say(lede, keptWords(told.kept));
    }, trouble);
  };
  journal.more = () =>
    page(journal.next).then((told) => {
      journal.requests.push(...told.requests);
      journal.next = told.next;
    }, trouble);
  journal.fresh = () =>
    page().then(
      (told) => {
        const known = new Set(journal.requests.map((each) => each.id));
        journal.requests.unshift(...told.requests.filter((each) => !known.has(each.id)));
        journal.requests.length = Math.min(journal.requests.length, KEPT);
      },
      () => {},
    );
  /** Many may end at once: they are read together. */
  journal.soon = (done) => {
    timer ??= setTimeout(() => {
      timer = null;
      journal.fresh().then(done);
    }, 250);
  };
  journal.close = () => clearTimeout(timer);
  return journal;
}

function keptWords(kept) {
  const where = kept.where === 'disk' ? `on disk for ${count(kept.days, 'day')}` : 'in memory';
  const lost = kept.dropped ? ` ${count(kept.dropped, 'request')} came too fast to be written.` : '';
  return `Facts of the last ${count(kept.rows, 'request')} are kept ${where}: never what was asked or answered.${lost}`;
}

const HEADS = ['Came', 'Asked for', 'Answered by', 'Tried', 'First word', 'In all', 'Tokens'];

function requestTable(choose) {
  const head = el(
    'thead',
    { role: 'rowgroup' },
    el(
      'tr',
      { role: 'row' },
      HEADS.map((name) => el('th', { scope: 'col', role: 'columnheader' }, name)),
    ),
  );
  const body = el('tbody', { role: 'rowgroup' });
  const node = el('table', { class: 'journal', role: 'table', 'aria-label': 'Requests' }, head, body);
  const follow = rows(body, { key: (request) => request.id, make: (request) => requestRow(request, choose) });
  const update = (requests, chosen) => {
    follow(requests);
    for (const row of body.children) put(row, 'data-chosen', row.dataset.id === chosen || null);
    show(node, requests.length > 0);
  };
  return { node, update };
}
