// All that is known of one offer: its limits and whose word they are, its failures, its reasons. Built when it is opened.

import { el, say, show } from './element.js';
import { gauge } from './gauge.js';
import { moment } from './clock.js';
import { millis, percent, whole } from './numbers.js';
import { rows } from './rows.js';

const SOURCES = {
  table: ['the table', 'a published number, in the provider’s file'],
  ledger: ['our count', 'counted here, on top of the published number'],
  header: ['the provider', 'said by the provider’s own answers'],
  provider: ['the provider', 'said by the provider’s own answers'],
  learnt: ['learnt', 'learnt from its refusals'],
};

/** The part that opens: `open(whether)`, `update(offer)`. */
export function offerDetail() {
  const node = el('div', { class: 'detail', hidden: true });
  let built = null;
  let latest = null;
  const paint = () => {
    if (node.hidden || !latest) return;
    built ??= build(node);
    built.update(latest);
  };
  const open = (visible) => {
    show(node, visible);
    paint();
  };
  const update = (offer) => {
    latest = offer;
    paint();
  };
  return { node, open, update };
}

function build(node) {
  const facts = el('dl', { class: 'facts' });
  const limits = el('ul', { class: 'limits' });
  const noLimits = el('p', { class: 'sub' }, 'No limit of it is known; refusals would teach one.');
  const why = el('p', { class: 'why' });
  const failure = el('p', { class: 'sub' });
  const link = el('a', { class: 'button' }, 'Try it in the playground');
  node.append(el('div', { class: 'facts-part' }, el('h3', {}, 'Known of it'), facts, why, failure, link));
  node.append(el('div', { class: 'limits-part' }, el('h3', {}, 'Limits, and whose word they are'), limits, noLimits));
  const followLimits = rows(limits, { key: (limit) => limit.bucket, make: limitRow });
  const followFacts = rows(facts, { key: ([name]) => name, make: fact });
  const update = (offer) => {
    followFacts(factsOf(offer));
    followLimits(offer.limits);
    show(noLimits, !offer.limits.length);
    say(why, offer.reasons.map((reason) => `Not now: ${reason.detail}.`).join(' '));
    say(failure, failureWords(offer.last_failure));
    link.href = `#/playground?model=${encodeURIComponent(offer.offer)}`;
  };
  return { update };
}

function factsOf(offer) {
  const known = [
    ['Name', offer.offer],
    ['Family', offer.family],
    ['Pools', offer.pools.join(', ') || 'none'],
    ['Reads', offer.input.join(', ')],
    ['Makes', offer.output.join(', ')],
    ['Features', offer.features.join(', ').replaceAll('_', ' ') || 'none'],
    ['Longest answer', offer.max_output ? `${whole(offer.max_output)} tokens` : 'not stated'],
    [
      'Served',
      offer.attempts
        ? `${whole(offer.served)} of ${whole(offer.attempts)} attempts, ${percent(offer.success)} lately`
        : 'not asked yet',
    ],
    [
      'First word',
      offer.first_event_ms
        ? `${millis(offer.first_event_ms.p50)} half the time, ${millis(offer.first_event_ms.p95)} for 95 of 100`
        : 'not measured yet',
    ],
    [
      'Failures',
      offer.failures.map((each) => `${whole(each.count)} ${each.class.replaceAll('_', ' ')}`).join(', ') || 'none',
    ],
    ['At once', `${whole(offer.in_flight)} of ${whole(offer.concurrency)}`],
  ];
  return known;
}

function fact([name]) {
  const value = el('dd');
  return { node: el('div', {}, el('dt', {}, name), value), update: ([, text]) => say(value, text) };
}

function limitRow() {
  const left = gauge();
  const source = el('span', { class: 'source' });
  const node = el('li', {}, left.node, source);
  const update = (limit) => {
    const [words, hint] = SOURCES[limit.source] ?? [limit.source, ''];
    left.set(limit);
    const drift = limit.drift
      ? `; it had counted ${limit.drift > 0 ? `${limit.drift} more` : `${-limit.drift} fewer`} than we had`
      : '';
    say(source, `${words}${drift}`);
    source.title = hint;
  };
  return { node, update, close: left.close };
}

function failureWords(failure) {
  if (!failure) return '';
  const status = failure.status ? ` (${failure.status})` : '';
  return `Last failure ${moment(failure.at)}: ${failure.class.replaceAll('_', ' ')}${status}, ${failure.detail}`;
}
