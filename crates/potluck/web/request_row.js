// One request of the journal as a row. What is kept of it never changes.

import { el } from './element.js';
import { moment, second } from './clock.js';
import { millis, whole } from './numbers.js';

const WORDS = { served: 'served', broke: 'broke off', refused: 'refused', left: 'the client left' };

/** A row: `{ node, update }`. */
export function requestRow(request, choose) {
  const came = el(
    'button',
    { type: 'button', class: 'opener plain', title: moment(request.came), on: { click: () => choose(request.id) } },
    el('span', { class: 'name' }, second(request.came)),
  );
  const ending = el('span', { class: 'ending', 'aria-hidden': 'true' });
  const how = el(
    'span',
    {},
    request.offer ?? WORDS[request.ending],
    request.simulated ? el('span', { class: 'tag' }, 'simulated') : null,
  );
  const detail = [request.ending === 'served' ? '' : WORDS[request.ending], request.detail].filter(Boolean).join(': ');
  const cells = [
    cell('Asked for', request.asked.join(', ') || 'any'),
    cell(
      'Answered by',
      el(
        'span',
        { class: 'by' },
        ending,
        el('span', {}, how, detail ? el('span', { class: 'sub block' }, detail) : null),
      ),
    ),
    cell('Tried', triedWords(request)),
    cell('First word', timeWords(request.first_content_ms)),
    cell('In all', timeWords(request.total_ms)),
    cell('Tokens', tokenWords(request)),
  ];
  const node = el(
    'tr',
    { role: 'row', data: { ending: request.ending, id: request.id } },
    el('th', { scope: 'row', role: 'rowheader' }, came),
    cells,
  );
  return { node, update: () => {} };
}

const cell = (label, content) => el('td', { role: 'cell', data: { label } }, content);

const timeWords = (span) => (span === null || span === undefined ? '–' : millis(span));

function triedWords(request) {
  const among = request.candidates === null ? '' : ` of ${request.candidates}`;
  return `${request.attempts.length}${among}`;
}

function tokenWords(request) {
  if (request.prompt_tokens === null && request.completion_tokens === null) return '–';
  return `${whole(request.prompt_tokens ?? 0)} → ${whole(request.completion_tokens ?? 0)}`;
}
