// One offer as a row of the table, and what is known beside it as a second one that opens.

import { el, put, say, show } from './element.js';
import { now } from './clock.js';
import { gauge, tightest } from './gauge.js';
import { context, millis, short } from './numbers.js';
import { offerDetail } from './offer_detail.js';
import { activityOf } from './pool.js';
import { spark } from './spark.js';
import { badge } from './state.js';

const CAN = [
  ['tools', 'tools', 'calls tools'],
  ['json_schema', 'schema', 'keeps to a JSON schema'],
  ['json_object', 'JSON', 'answers as JSON'],
  ['reasoning', 'thinks', 'thinks before it answers'],
];
const PRIVACY = {
  'no-training': ['no training', 'its provider says that it does not train on prompts'],
  trains: ['trains', 'its provider trains on what it is sent'],
  unclear: ['unclear', 'its provider does not say what it does with prompts'],
};

/** A row for an offer: `{ node, update, close }`. */
export function offerRow(first) {
  const state = badge();
  const left = gauge();
  const lately = spark();
  const speed = el('span');
  const pace = el('span', { class: 'sub' });
  const detail = offerDetail();
  const opener = nameCell(first, detail);
  const [privacy, privacyHint] = PRIVACY[first.privacy] ?? PRIVACY.unclear;
  const cells = [
    cell('state', 'State', state.node),
    cell('can', 'Can', chips(first)),
    cell(
      'context',
      'Context',
      el('span', { title: `${first.context} tokens` }, first.context ? context(first.context) : '–'),
    ),
    cell('quality', 'Quality', quality(first.quality)),
    cell('speed', 'First word', speed, pace),
    cell('left', 'Left', left.node, el('span', { class: 'sub unlimited' }, 'no known limit')),
    cell('lately', 'Lately', lately.node),
    cell('privacy', 'Prompts', el('span', { title: privacyHint, data: { privacy: first.privacy } }, privacy)),
  ];
  const node = el('tr', { role: 'row' }, opener, cells, el('td', { class: 'detail-cell', role: 'cell' }, detail.node));
  const update = (offer) => {
    state.set(offer);
    showLeft(left, cells[5], offer);
    lately.set(activityOf(offer.offer).until(now()));
    say(speed, offer.first_event_ms ? millis(offer.first_event_ms.p50) : '–');
    say(pace, paceWords(offer.tokens_per_s));
    detail.update(offer);
  };
  return { node, update, close: () => [state, left].forEach((each) => each.close()) };
}

function nameCell(offer, detail) {
  const button = el(
    'button',
    { type: 'button', class: 'opener', 'aria-expanded': 'false' },
    el('span', { class: 'name' }, offer.model),
  );
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') !== 'true';
    put(button, 'aria-expanded', String(open));
    detail.open(open);
  });
  const simulated = offer.simulated ? el('span', { class: 'tag' }, 'simulated') : null;
  const sub = el('span', { class: 'sub' }, whose(offer), simulated);
  return el('th', { scope: 'row', role: 'rowheader' }, button, sub);
}

/** The provider, and the credential where it has several. */
function whose(offer) {
  const plain = offer.offer === `${offer.provider}/${offer.model}`;
  return plain || !offer.credential ? offer.provider : `${offer.provider} · ${offer.credential}`;
}

const cell = (id, label, ...children) => el('td', { class: `col-${id}`, role: 'cell', data: { label } }, children);

function showLeft(left, cell, offer) {
  const limit = tightest(offer.limits);
  left.set(limit);
  show(cell.lastChild, !limit);
}

function chips(offer) {
  const words = CAN.filter(([feature]) => offer.features.includes(feature));
  const kept = words.filter(([feature]) => feature !== 'json_object' || !offer.features.includes('json_schema'));
  const list = kept.map(([, label, title]) => el('span', { class: 'chip', title }, label));
  if (offer.input.includes('image')) list.push(el('span', { class: 'chip', title: 'reads images' }, 'sees'));
  if (offer.output.includes('image')) list.push(el('span', { class: 'chip', title: 'makes images' }, 'paints'));
  if (offer.output.includes('embedding')) list.push(el('span', { class: 'chip', title: 'makes vectors' }, 'vectors'));
  if (offer.output.includes('score')) list.push(el('span', { class: 'chip', title: 'orders texts' }, 'ranks'));
  return el('span', { class: 'chips' }, list.length ? list : el('span', { class: 'sub' }, 'text only'));
}

function quality(value) {
  if (value === null) return el('span', { class: 'sub', title: 'nobody measured it' }, 'unknown');
  const fill = el('span', { class: 'fill' });
  fill.style.transform = `scaleX(${value.toFixed(2)})`;
  return el('span', { class: 'quality' }, value.toFixed(2), el('span', { class: 'bar', 'aria-hidden': 'true' }, fill));
}

/** A number, or how the numbers are spread. */
function paceWords(pace) {
  const usual = pace?.p50 ?? pace;
  return usual ? `${short(Math.round(usual))} tokens/s` : '';
}
