// A sparkline of attempts: served upwards in ink, failed in the colour of failures and with a tick below the line, so that
// colour is not the only sign.

import { put, svg } from './element.js';
import { SLICES } from './activity.js';

const HEIGHT = 20;
const BASE = 16;

/** A sparkline; `set(slices, what)` draws it and says it in words. */
export function spark() {
  const served = svg('path', { class: 'spark-served' });
  const failed = svg('path', { class: 'spark-failed' });
  const line = svg('path', { class: 'spark-line', d: `M0 ${BASE}.5h${SLICES * 2}` });
  const node = svg('svg', {
    class: 'spark',
    viewBox: `0 0 ${SLICES * 2} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': 'nothing lately',
  });
  node.append(line, served, failed);
  return { node, set: (slices) => draw(node, served, failed, slices) };
}

function draw(node, served, failed, slices) {
  const most = Math.max(4, ...slices.map((each) => each.served + each.failed));
  const height = (number) => (number ? Math.max(2, (number / most) * BASE) : 0);
  put(served, 'd', slices.map((each, at) => bar(at, BASE, height(each.served))).join('') || 'M0 0');
  put(failed, 'd', slices.map((each, at) => bar(at, BASE + 4, each.failed ? 4 : 0)).join('') || 'M0 0');
  put(node, 'aria-label', words(slices));
}

function bar(at, from, height) {
  return height ? `M${at * 2 + 0.8} ${from}v-${height.toFixed(1)}` : '';
}

function words(slices) {
  const sum = (name) => slices.reduce((all, each) => all + each[name], 0);
  return `${sum('served')} served and ${sum('failed')} failed lately`;
}
