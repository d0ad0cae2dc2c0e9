// How one request was decided: its attempts in time, who could have served, who could not and why; and the same asked today.

import { el, show } from './element.js';
import { get } from './call.js';
import { moment } from './clock.js';
import { candidateTable, excludedList } from './decision.js';
import { count, millis } from './numbers.js';
import { replay } from './replay.js';

/** The part: `open(id)` shows a request, `open(null)` none. */
export function requestDetail(close) {
  const node = el('section', { class: 'request', hidden: true, 'aria-label': 'One request' });
  let wanted = null;
  const open = async (id) => {
    wanted = id;
    show(node, Boolean(id));
    if (!id) return;
    const told = await read(id);
    if (wanted === id)
      node.replaceChildren(...(told.id ? whole(told, close) : [el('p', { class: 'empty' }, told.message)]));
  };
  return { node, open };
}

/** A request is kept when it is over, which may be a moment after its last word. */
async function read(id) {
  for (let turn = 0; ; turn += 1) {
    try {
      return await get(`/pool/journal/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.status !== 404 || turn > 2) return error;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }
}

function whole(request, close) {
  const off = el('button', { type: 'button', class: 'button', on: { click: close } }, 'Close');
  const head = el(
    'div',
    { class: 'request-head' },
    el('div', {}, el('h2', {}, headWords(request)), el('p', { class: 'sub' }, subWords(request))),
    off,
  );
  const parts = [head, timeline(request)];
  if (request.decision) parts.push(decisionOf(request), again(request));
  return parts;
}

function headWords(request) {
  const asked = request.asked.join(', ') || 'any model';
  const words = { served: 'answered by', broke: 'broken off by', refused: 'refused', left: 'left by the client' };
  return `${asked}: ${words[request.ending]} ${request.ending === 'refused' || !request.offer ? '' : request.offer}`;
}

function subWords(request) {
  const facts = [moment(request.came), request.streamed ? 'streamed' : 'whole', request.detail, request.id];
  if (request.dropped?.length) facts.push(`left out: ${request.dropped.join(', ')}`);
  return facts.filter(Boolean).join(' · ');
}

/** The attempts, on one line of time. */
function timeline(request) {
  const all = Math.max(request.total_ms, 1);
  const lines = request.attempts.map((attempt) =>
    bar(attempt.offer, attempt.began_ms ?? 0, attempt.took_ms ?? all - (attempt.began_ms ?? 0), all, attempt),
  );
  if (request.waited_ms > 1) lines.unshift(bar('in line', 0, request.waited_ms, all, { outcome: 'waited' }));
  const first = request.first_content_ms;
  const words = [first === null ? null : `first word after ${millis(first)}`, `in all ${millis(request.total_ms)}`]
    .filter(Boolean)
    .join(', ');
  return el(
    'div',
    {},
    el('h3', {}, `${count(request.attempts.length, 'attempt')}: ${words}`),
    el('ol', { class: 'timeline' }, lines),
  );
}

function bar(name, from, took, all, { outcome, status, cause, detail, chance }) {
  const piece = el('span', { class: 'piece' });
  piece.style.left = `${(100 * from) / all}%`;
  piece.style.width = `${Math.max(0.6, (100 * took) / all)}%`;
  const facts = [
    outcome.replaceAll('_', ' '),
    status && outcome !== 'served' ? status : null,
    millis(took),
    chance ? `chance ${Math.round(chance * 100)} %` : null,
    cause,
    detail,
  ];
  return el(
    'li',
    { data: { outcome } },
    el('span', { class: 'name' }, name),
    el('span', { class: 'track', 'aria-hidden': 'true' }, piece),
    el('span', { class: 'sub' }, facts.filter(Boolean).join(' · ')),
  );
}

function decisionOf({ decision }) {
  const how = `${decision.strategy} draw, seed ${decision.seed}${decision.sticky ? `, kept to ${decision.sticky} by its session` : ''}`;
  return el(
    'div',
    { class: 'decision' },
    el(
      'div',
      {},
      el('h3', {}, `${decision.candidates.length} of ${decision.considered} could serve`),
      el('p', { class: 'sub' }, how),
      candidateTable(decision.candidates),
    ),
    el('div', {}, el('h3', {}, `${decision.excluded.length} could not`), excludedList(decision.excluded)),
  );
}

/** The same needs, held against the pool of this moment. */
function again(request) {
  const place = el('div', { class: 'decision', role: 'status' });
  const button = el('button', { type: 'button', class: 'button' }, 'Who would be drawn now?');
  button.addEventListener('click', async () => {
    button.disabled = true;
    const told = await replay(request).catch((error) => error);
    button.disabled = false;
    place.replaceChildren(...(told.candidates ? explained(told) : [el('p', { class: 'wrong' }, told.message)]));
  });
  return el(
    'div',
    { class: 'again' },
    button,
    el('p', { class: 'sub' }, 'Asks for the same with a prompt of the same length. Nothing is sent to any provider.'),
    place,
  );
}

function explained(told) {
  const verdict = told.verdict ? el('p', { class: 'wrong' }, told.verdict.message) : null;
  return [
    el(
      'div',
      {},
      [
        el('h3', {}, `Now ${told.candidates.length} of ${told.considered} could serve`),
        verdict,
        candidateTable(told.candidates),
      ].filter(Boolean),
    ),
    el('div', {}, el('h3', {}, `${told.excluded.length} could not`), excludedList(told.excluded)),
  ];
}
