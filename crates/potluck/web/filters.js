// Narrowing the models: words, provider, state, what they must be able to do. The choice stands in the address.

import { el, put } from './element.js';
import { pool } from './pool.js';
import { canAnswer } from './state.js';

const CAN = [
  ['tools', 'tools', (offer) => offer.features.includes('tools')],
  ['schema', 'JSON schema', (offer) => offer.features.includes('json_schema')],
  ['sees', 'sees images', (offer) => offer.input.includes('image')],
  ['paints', 'makes images', (offer) => offer.output.includes('image')],
  ['thinks', 'thinks', (offer) => offer.features.includes('reasoning')],
  ['private', 'no training on prompts', (offer) => offer.privacy === 'no-training'],
  ['ready', 'can answer now', canAnswer],
];
const CONTEXTS = [
  [0, 'any context'],
  [8192, '8Ki and more'],
  [32768, '32Ki and more'],
  [131072, '128Ki and more'],
  [1000000, 'a million and more'],
];
const QUALITIES = [
  [0, 'any quality'],
  [0.4, '0.4 and better'],
  [0.6, '0.6 and better'],
  [0.8, '0.8 and better'],
];

/** The filters; `changed` is called when the person changes one. */
export function filters(query, changed) {
  const words = el('input', {
    type: 'search',
    'aria-label': 'Find a model',
    placeholder: 'Find a model',
    value: query.get('find') ?? '',
    on: { input: changed },
  });
  words.value = query.get('find') ?? '';
  const provider = choice('Provider', [['', 'all providers']], query.get('provider') ?? '', changed);
  const context = choice('Context', CONTEXTS, query.get('context') ?? 0, changed);
  const quality = choice('Quality', QUALITIES, query.get('quality') ?? 0, changed);
  const can = new Set((query.get('can') ?? '').split(',').filter(Boolean));
  const toggles = CAN.map(([id, label]) => toggle(id, label, can, changed));
  const node = el(
    'search',
    { class: 'filters' },
    words,
    provider,
    context,
    quality,
    el('div', { class: 'toggles', role: 'group', 'aria-label': 'Must' }, toggles),
  );
  const must = () => CAN.filter(([id]) => can.has(id)).map(([, , holds]) => holds);
  const fits = (offer) =>
    matches(offer, words.value) &&
    (!provider.value || offer.provider === provider.value) &&
    offer.context >= Number(context.value) &&
    (Number(quality.value) === 0 || (offer.quality ?? 0) >= Number(quality.value)) &&
    must().every((holds) => holds(offer));
  return {
    node,
    fits,
    words: () => chosen({ words, provider, context, quality, can }),
    update: () => listProviders(provider, query.get('provider')),
  };
}

function matches(offer, words) {
  const text = `${offer.offer} ${offer.family} ${offer.provider_name} ${offer.pools.join(' ')}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function choice(label, options, value, changed) {
  const list = options.map(([each, text]) => el('option', { value: each }, text));
  const node = el('select', { 'aria-label': label, on: { change: changed } }, list);
  node.value = String(value);
  return node;
}

function toggle(id, label, can, changed) {
  const node = el('button', { type: 'button', class: 'toggle', 'aria-pressed': String(can.has(id)) }, label);
  node.addEventListener('click', () => {
    if (!can.delete(id)) can.add(id);
    put(node, 'aria-pressed', String(can.has(id)));
    changed();
  });
  return node;
}

/** Providers come and go with the catalog. */
function listProviders(select, wanted) {
  const names = [...new Set(pool.offers.map((offer) => offer.provider))].sort();
  const shown = [...select.options].slice(1).map((option) => option.value);
  if (names.join() === shown.join()) return;
  const value = select.value || wanted || '';
  select.replaceChildren(select.options[0], ...names.map((name) => el('option', { value: name }, name)));
  select.value = names.includes(value) ? value : '';
}

function chosen({ words, provider, context, quality, can }) {
  const all = {
    find: words.value.trim(),
    provider: provider.value,
    context: context.value,
    quality: quality.value,
    can: [...can].join(','),
  };
  return Object.entries(all).filter(([, value]) => value && value !== '0');
}
