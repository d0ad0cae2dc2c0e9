// One provider: how to get in, what it does with prompts, its limits as published, as counted, and who says so.

import { el, say, show } from './element.js';
import { gauge, meter } from './gauge.js';
import { count, short } from './numbers.js';
import { providerKey } from './provider_key.js';
import { rows } from './rows.js';
import { canAnswer } from './state.js';
import { buckets, pooled } from './summary.js';

const TRAINS = { no: 'kept out of training', yes: 'trains on prompts', unclear: 'unclear about prompts' };
const WHO = {
  account: 'for the account',
  model: 'for each model',
  ip: 'for the address',
  account_model: 'for each model',
};

/** A card: `{ node, update }`; `changed` is called when its key was set or taken away. */
export function providerCard(first, changed) {
  const ready = el('span', { class: 'sub' });
  const left = el('div', { class: 'gauges' });
  const drift = el('p', { class: 'sub' });
  const key = providerKey(first, changed);
  const in_ = el('div', {}, way(first));
  const name = el(
    'h3',
    {},
    first.name,
    first.simulated && !first.name.includes('simulated') ? el('span', { class: 'tag' }, 'simulated') : null,
  );
  const node = el(
    'li',
    { class: 'card' },
    el('div', { class: 'card-head' }, name, ready),
    in_,
    key.node,
    left,
    drift,
    about(first),
    published(first),
  );
  const follow = rows(left, { key: (limit) => `${limit.counts}/${limit.per}`, make: gaugeRow });
  let said = first.why_not;
  const update = (provider) => {
    const { live, why_not: why } = provider;
    if (said !== why) in_.replaceChildren(way(provider));
    said = why;
    key.update(provider);
    say(ready, live.length ? `${live.filter(canAnswer).length} of ${count(live.length, 'model')} ready` : why);
    follow(pooled(live));
    say(drift, driftWords(live));
    show(drift, Boolean(drift.textContent));
  };
  return { node, update };
}

function gaugeRow() {
  const { node, set, close } = gauge();
  return { node, update: set, close };
}

/** How to get in. */
function way(provider) {
  const variables = [...provider.key_variables, ...provider.account_variables];
  if (!provider.why_not?.startsWith('no '))
    return provider.keyless
      ? el('p', { class: 'way' }, 'Needs no key. ', linkOf(provider, 'Its page'))
      : linkOf(provider, 'Manage its key');
  const names = variables.flatMap((variable, at) => [at ? ' or ' : '', el('code', {}, variable)]);
  return el('p', { class: 'way' }, linkOf(provider, 'Get a key'), names.length ? [' and set ', names] : []);
}

function linkOf(provider, words) {
  const safe = /^https?:/.test(provider.signup ?? '');
  const rest = { target: '_blank', rel: 'noopener noreferrer' };
  return safe
    ? el('a', { href: provider.signup, ...rest, class: 'way' }, words)
    : el('span', { class: 'sub way' }, provider.keyless ? '' : 'No address for keys is known');
}

function about(provider) {
  const { trains, region, note } = provider.privacy;
  const lines = [
    [TRAINS[trains], region, note].filter(Boolean).join(' · '),
    provider.terms,
    provider.note,
    provider.status === 'live' || provider.status === 'local' ? '' : `How sure it is: ${provider.status}.`,
  ];
  return el(
    'div',
    { class: 'about' },
    lines.filter(Boolean).map((line) => el('p', { class: 'sub' }, line)),
  );
}

/** By how much our count and theirs differed. */
function driftWords(offers) {
  const drifted = buckets(offers).filter((limit) => limit.drift);
  return drifted
    .map(
      (limit) =>
        `${meter(limit)}: it had counted ${Math.abs(limit.drift)} ${limit.drift > 0 ? 'more' : 'fewer'} than we had`,
    )
    .join('; ');
}

/** The numbers of its file, each with who says so. */
function published(provider) {
  const limits = provider.limits.map((limit) =>
    el('li', {}, el('span', {}, limitWords(limit)), sourceOf(limit.sources.length ? limit : provider)),
  );
  if (!limits.length) return el('p', { class: 'sub' }, 'No published limit is known; refusals would teach one.');
  return el(
    'details',
    {},
    el('summary', {}, `${count(limits.length, 'published limit')}, and who says so`),
    el('ul', { class: 'published' }, limits),
  );
}

function limitWords(limit) {
  const over =
    limit.per === 'at once'
      ? 'at once'
      : limit.every > 1
        ? `in ${limit.every} ${limit.per}s`
        : `${limit.per === 'hour' ? 'an' : 'a'} ${limit.per}`;
  const clock = limit.resets ? `, from midnight in ${limit.resets.split('/').pop().replaceAll('_', ' ')}` : '';
  const models = limit.models.length ? ` (${limit.models.join(', ')})` : '';
  return `${short(limit.amount)} ${meter(limit)} ${over} ${WHO[limit.scope] ?? ''}${clock}${models}`;
}

function sourceOf({ sources, checked, confidence, note }) {
  const said = sources.map((source) => source.what).join('; ') || 'nobody is named';
  const words = [
    said,
    checked ? `looked at ${checked}` : '',
    confidence ? `${confidence} confidence` : '',
    note,
  ].filter(Boolean);
  return el('span', { class: 'sub' }, words.join(' · '));
}
