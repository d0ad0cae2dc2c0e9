// Requests put together by slices of time: how many, how they ended, tokens, failures by class, the time to the first word.

import { millis, percent, short, whole } from './numbers.js';

/** What can be looked back over. */
export const SPANS = [
  { id: 'hour', label: 'An hour', words: 'hour', length: 3600e3, slice: 60e3 },
  { id: 'day', label: 'A day', words: '24 hours', length: 86400e3, slice: 1800e3 },
  { id: 'week', label: 'A week', words: '7 days', length: 7 * 86400e3, slice: 3 * 3600e3 },
  { id: 'month', label: 'A month', words: '30 days', length: 30 * 86400e3, slice: 12 * 3600e3 },
];

const ENDINGS = ['served', 'broke', 'refused', 'left'];

/** The slices, the columns over them, and the sums. */
export function tally(requests, span, end) {
  const last = Math.floor(end / span.slice);
  const first = last - Math.floor(span.length / span.slice);
  const slices = Array.from({ length: last - first + 1 }, (_, at) => ({ at: (first + at) * span.slice, requests: [] }));
  for (const request of requests) slices[Math.floor(request.came / span.slice) - first]?.requests.push(request);
  const classes = commonClasses(requests);
  const column = (of) => slices.map((slice) => of(slice.requests));
  return {
    times: slices.map((slice) => slice.at / 1000),
    endings: ENDINGS.map((ending) => [ending, column((all) => all.filter((each) => each.ending === ending).length)]),
    tokens: [
      ['read', column((all) => sum(all, 'read'))],
      ['written', column((all) => sum(all, 'written'))],
    ],
    pictures: [['made', column((all) => sum(all, 'pictures'))]],
    failures: classes.map((name) => [
      name,
      column((all) => all.reduce((count, each) => count + each.failures.filter((one) => one === name).length, 0)),
    ]),
    first: [
      ['half', column((all) => quantile(all, 0.5))],
      ['95 of 100', column((all) => quantile(all, 0.95))],
    ],
    totals: totalsOf(requests),
  };
}

const sum = (requests, what) => requests.reduce((all, each) => all + each[what], 0);

/** The classes of failure, the most frequent first; a plot holds few. */
function commonClasses(requests) {
  const counts = new Map();
  for (const request of requests) for (const name of request.failures) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort((left, right) => right[1] - left[1])
    .slice(0, 5)
    .map(([name]) => name);
}

function quantile(requests, share) {
  const times = requests
    .map((each) => each.first)
    .filter((time) => time !== null)
    .sort((left, right) => left - right);
  return times.length ? times[Math.min(times.length - 1, Math.floor(times.length * share))] : null;
}

function totalsOf(requests) {
  const served = requests.filter((each) => each.ending === 'served').length;
  const failures = requests.reduce((all, each) => all + each.failures.length, 0);
  const half = quantile(requests, 0.5);
  return [
    ['requests', whole(requests.length), requests.length ? `${percent(served / requests.length)} served` : 'none yet'],
    [
      'tokens',
      short(sum(requests, 'read') + sum(requests, 'written')),
      `${short(sum(requests, 'read'))} read, ${short(sum(requests, 'written'))} written, where providers say`,
    ],
    ['pictures', whole(sum(requests, 'pictures')), 'requests that were answered with one'],
    ['failed attempts', whole(failures), 'tried again elsewhere where possible'],
    ['first word', half === null ? '–' : millis(half), 'half of all requests, attempts included'],
  ];
}
