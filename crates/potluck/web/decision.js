// Who could serve a request and with what chance, and who could not and why: of the journal and of an explanation alike.

import { el } from './element.js';
import { percent } from './numbers.js';

const SHOWN = 12;

/** Those who could, the likeliest first. */
export function candidateTable(candidates) {
  const sorted = [...candidates].sort((left, right) => right.probability - left.probability);
  const lines = sorted.map(({ offer, probability }) => {
    const fill = el('span', { class: 'fill' });
    fill.style.transform = `scaleX(${probability.toFixed(3)})`;
    return el(
      'li',
      {},
      el('span', { class: 'name' }, offer),
      el('span', { class: 'bar', 'aria-hidden': 'true' }, fill),
      el('span', { class: 'chance' }, percent(probability)),
    );
  });
  return folded(lines, 'chances');
}

/** Those who could not, by reason. */
export function excludedList(excluded) {
  const reasons = new Map();
  for (const each of excluded) {
    const why = each.detail ?? [each.reason.replaceAll('_', ' '), each.about].filter(Boolean).join(': ');
    reasons.set(why, [...(reasons.get(why) ?? []), each.offer]);
  }
  const lines = [...reasons].map(([why, offers]) =>
    el('li', {}, el('span', {}, why), el('span', { class: 'sub' }, offers.join(', '))),
  );
  return folded(lines, 'exclusions');
}

/** A list, the rest of which opens where it is long. */
function folded(lines, names) {
  const list = el('ul', { class: names }, lines.slice(0, SHOWN));
  if (lines.length <= SHOWN) return list;
  const rest = el('ul', { class: names }, lines.slice(SHOWN));
  return el('div', {}, list, el('details', {}, el('summary', {}, `${lines.length - SHOWN} more`), rest));
}
