// The plots of the page of use, drawn by uPlot; its colours are the page's own, and follow the theme.

import { el, put } from './element.js';
import { millis, short, whole } from './numbers.js';

const PLOTS = [
  {
    id: 'endings',
    name: 'Requests by ending',
    unit: whole,
    bars: true,
    hues: ['--accent', '--bad', '--wait', '--gone'],
  },
  { id: 'tokens', name: 'Tokens', unit: short, hues: ['--try', '--accent'] },
  { id: 'pictures', name: 'Pictures', unit: whole, bars: true, hues: ['--try'] },
  {
    id: 'failures',
    name: 'Failed attempts by class',
    unit: whole,
    bars: true,
    hues: ['--bad', '--wait', '--try', '--gone', '--accent'],
  },
  { id: 'first', name: 'Time to the first word', unit: millis, wide: 72, hues: ['--accent', '--wait'] },
];
/** Lines differ by their dashes too. */
const DASHES = [[], [6, 4], [2, 3], [8, 3, 2, 3], [12, 4]];
const HEIGHT = 190;
let library = null;

/** The plots: `set(table, span)` draws them. */
export function plots() {
  const figures = PLOTS.map(figure);
  const node = el(
    'div',
    { class: 'plots' },
    figures.map((each) => each.node),
  );
  let latest = null;
  const draw = () => latest && figures.forEach((each) => each.draw(...latest));
  const set = async (table, span) => {
    latest = [table, span, await load()];
    draw();
  };
  const sizes = new ResizeObserver(draw);
  sizes.observe(node);
  document.addEventListener('theme', draw);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', draw);
  const close = () => {
    sizes.disconnect();
    document.removeEventListener('theme', draw);
    scheme.removeEventListener('change', draw);
    figures.forEach((each) => each.close());
  };
  return { node, set, close };
}

/** The library, when it is first needed. It is a plain script of its makers, and puts itself beside the page's names. */
function load() {
  library ??= new Promise((resolve, reject) => {
    const script = el('script', { src: '/dashboard/vendor/uplot/uPlot.iife.min.js' });
    script.addEventListener('load', () => resolve(globalThis.uPlot));
    script.addEventListener('error', () => reject(new Error('the library of the plots could not be loaded')));
    document.head.append(script);
  });
  return library;
}

function figure(kind) {
  const place = el('div', { class: 'canvas', role: 'img' });
  const none = el('p', { class: 'sub nothing' }, 'Nothing in this time.');
  const legend = el('ul', { class: 'legend' });
  const node = el('figure', { class: 'plot' }, el('figcaption', {}, el('h2', {}, kind.name), legend), place, none);
  let drawn = null;
  const draw = (table, span, Plot) => {
    drawn?.destroy();
    const columns = table[kind.id].filter(([, values]) => values.some(Boolean));
    none.hidden = columns.length > 0;
    put(
      place,
      'aria-label',
      `${kind.name}: ${columns.map(([name, values]) => `${words(name)} ${summary(kind, values)}`).join(', ') || 'nothing in this time'}`,
    );
    const inks = columns.map(
      ([name]) => kind.hues[table[kind.id].findIndex((each) => each[0] === name) % kind.hues.length],
    );
    legend.replaceChildren(
      ...columns.map(([name, values], at) =>
        key(words(name), summary(kind, values), inks[at], kind.bars ? [] : DASHES[at]),
      ),
    );
    drawn = new Plot(options(kind, columns, inks, place.clientWidth, span), data(kind, table.times, columns), place);
  };
  return { node, draw, close: () => drawn?.destroy() };
}

const words = (name) => name.replaceAll('_', ' ');

/** A sum of what is counted; the highest of what is measured. */
function summary(kind, values) {
  if (kind.id === 'first') return `at most ${kind.unit(Math.max(...values.filter(Boolean)))}`;
  return kind.unit(values.reduce((sum, value) => sum + value, 0));
}

function key(name, value, hue, dash) {
  const sample = el('span', { class: 'sample', 'aria-hidden': 'true' });
  sample.style.color = `var(${hue})`;
  if (dash.length) sample.classList.add('dashed');
  return el('li', {}, sample, el('span', {}, name), el('span', { class: 'sub' }, value));
}

/** Bars stand on each other: the first is drawn last, and each on the sum of those before. */
function data(kind, times, columns) {
  if (!kind.bars) return [times, ...columns.map(([, values]) => values)];
  let under = times.map(() => 0);
  const stacked = columns.map(([, values]) => (under = values.map((value, at) => value + under[at])));
  return [times, ...stacked.reverse()];
}

function options(kind, columns, inks, width, span) {
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--ink-soft'), font: '12px system-ui', grid, ticks: { show: false } };
  const order = kind.bars ? [...inks].reverse() : inks;
  const bars = globalThis.uPlot.paths.bars({ size: [0.8, 40] });
  const series = order.map((hue, at) =>
    kind.bars
      ? { fill: colour(hue), width: 0, paths: bars, points: { show: false } }
      : { stroke: colour(hue), width: 2, dash: DASHES[at], spanGaps: true, points: { size: 5 } },
  );
  return {
    width: Math.max(width, 120),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.1, kind.id === 'first' ? 100 : 4)] } },
    axes: [
      { ...axis, size: 28, space: 70, values: (_, times) => times.map((time) => tick(time, span)) },
      {
        ...axis,
        size: kind.wide ?? 48,
        values: (_, values) => values.map((value) => (Number.isInteger(value) ? kind.unit(value) : '')),
      },
    ],
    series: [{}, ...series],
  };
}

const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

const tick = (time, span) => (span.length > 2 * 86400e3 ? DAY : HOUR).format(new Date(time * 1000));

/** A canvas takes no `light-dark()`: the browser says what it means here. */
function colour(name) {
  const probe = el('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const told = getComputedStyle(probe).color;
  probe.remove();
  return told;
}
