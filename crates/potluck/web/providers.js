// The page of the providers: who is drawn from, who could be and how, their limits and who says so.

import { el, say, show } from './element.js';
import { get } from './call.js';
import { providerCard } from './provider_card.js';
import { count } from './numbers.js';
import { onChange, pool } from './pool.js';
import { calmly } from './frame.js';
import { rows } from './rows.js';

export const title = 'Providers';

/** Open the page; the returned function closes it. */
export function open(main) {
  const lede = el('p', { class: 'lede', role: 'status' }, 'Asking the router.');
  const changed = () => load();
  const groups = [
    group('Drawn from', (each) => !each.why_not, changed),
    group('Not yet', (each) => each.why_not && !off(each), changed),
    group('Switched off', off, changed),
  ];
  const head = el('header', { class: 'head' }, el('h1', {}, 'Providers'), lede);
  main.append(
    el(
      'div',
      { class: 'page providers' },
      head,
      groups.map((each) => each.node),
    ),
  );
  let told = [];
  const paint = () => groups.forEach((each) => each.update(told));
  const stop = onChange(calmly(paint));
  const load = async () => {
    told = (await get('/pool/providers')).providers;
    say(lede, ledeWords(told));
    paint();
  };
  load().catch((error) => say(lede, error.message));
  return stop;
}

const off = (provider) => Boolean(provider.why_not?.startsWith('off:'));

function ledeWords(providers) {
  const ready = providers.filter((each) => !each.why_not).length;
  const missing = providers.filter((each) => each.why_not?.startsWith('no key')).length;
  const more = missing
    ? ` ${count(missing, 'more wants', 'more want')} only a key: give it here to whoever manages the router, or set its variable where the router is started.`
    : '';
  return `${count(ready, 'provider')} drawn from.${more}`;
}

function group(name, belongs, changed) {
  const list = el('ul', { class: 'cards' });
  const node = el('section', { hidden: true }, el('h2', {}, name), list);
  const follow = rows(list, { key: (provider) => provider.provider, make: (each) => providerCard(each, changed) });
  const update = (all) => {
    const own = all.filter(belongs);
    follow(
      own.map((provider) => ({
        ...provider,
        live: pool.offers.filter((offer) => offer.provider === provider.provider),
      })),
    );
    show(node, own.length > 0);
  };
  return { node, update };
}
