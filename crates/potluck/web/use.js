// The page of use: the journal's requests put together over time, as plots.

import { el, put, say } from './element.js';
import { now } from './clock.js';
import { gather } from './gather.js';
import { plots } from './plots.js';
import { SPANS, tally } from './tally.js';
import { whole } from './numbers.js';

export const title = 'Use';

const EACH = 15000;
const PRICES =
  'What it would have cost elsewhere is not told: no list prices are known here. The catalog has only facts with a source, and none of these names a price for the same models.';

/** Open the page; the returned function closes it. */
export function open(main, query) {
  const lede = el('p', { class: 'lede', role: 'status' }, 'Reading the journal.');
  const totals = el('dl', { class: 'figures' });
  const board = plots();
  let span = SPANS.find((each) => each.id === query.get('over')) ?? SPANS[0];
  let turn = 0;
  const draw = async () => {
    const mine = (turn += 1);
    const found = await gather(now() - span.length).catch((error) => error);
    if (mine !== turn) return;
    if (!found.requests) {
      say(
        lede,
        found.status === 404 ? 'This router keeps no journal, so there is nothing to put together.' : found.message,
      );
      return;
    }
    const table = tally(found.requests, span, now());
    say(lede, ledeWords(found, span));
    showTotals(totals, table.totals);
    await board.set(table, span);
  };
  const choices = SPANS.map((each) => {
    const node = el('button', { type: 'button', class: 'toggle' }, each.label);
    const show = () => put(node, 'aria-pressed', String(each === span));
    node.addEventListener('click', () => {
      span = each;
      history.replaceState(null, '', `#/use?over=${each.id}`);
      choices.forEach((choice) => choice.show());
      draw();
    });
    return { node, show };
  });
  choices.forEach((choice) => choice.show());
  const head = el('header', { class: 'head' }, el('h1', {}, 'Use'), lede);
  main.append(
    el(
      'div',
      { class: 'page use' },
      head,
      el(
        'div',
        { class: 'toggles', role: 'group', 'aria-label': 'Over' },
        choices.map((each) => each.node),
      ),
      totals,
      board.node,
      el('p', { class: 'sub' }, PRICES),
    ),
  );
  const timer = setInterval(() => !document.hidden && draw(), EACH);
  draw();
  return () => {
    turn += 1;
    clearInterval(timer);
    board.close();
  };
}

function ledeWords({ requests, whole: all }, span) {
  if (!requests.length)
    return `No request in the last ${span.words}. Ask something in the playground, and it will show here.`;
  return all
    ? `The last ${span.words}, out of the journal.`
    : `The newest ${whole(requests.length)} requests of the last ${span.words}: more than that is too much to read at once.`;
}

function showTotals(place, totals) {
  const figures = totals.map(([label, value, note]) =>
    el(
      'div',
      { class: 'figure' },
      el('dt', {}, label),
      el('dd', { class: 'value' }, value),
      el('dd', { class: 'note' }, note),
    ),
  );
  place.replaceChildren(...figures);
}
