// The playground: one conversation, or the same question to two draws side by side. It asks as any client does.

import { el, put, show } from './element.js';
import { get } from './call.js';
import { composer } from './composer.js';
import { talk } from './talk.js';

export const title = 'Playground';

/** Open the page; the returned function closes it. */
export function open(main, query) {
  const names = el('datalist', { id: 'model-names' });
  const talks = [talk('First', query.get('model') ?? 'free'), talk('Second', query.get('other') ?? 'free')];
  const compare = el('button', { type: 'button', class: 'toggle', 'aria-pressed': 'false' }, 'Compare two draws');
  const again = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => talks.forEach((each) => each.clear()) } },
    'Start anew',
  );
  const both = () => compare.getAttribute('aria-pressed') === 'true';
  const used = () => talks.slice(0, both() ? 2 : 1);
  const showBoth = () => {
    put(compare, 'aria-pressed', String(!both()));
    show(talks[1].node, both());
    put(board, 'data-both', String(both()));
  };
  compare.addEventListener('click', showBoth);
  const write = composer({
    send: (content, options) => Promise.all(used().map((each) => each.ask(content, options))),
    stop: () => talks.forEach((each) => each.stop()),
  });
  const board = el(
    'div',
    { class: 'board', 'data-both': 'false' },
    talks.map((each) => each.node),
  );
  show(talks[1].node, false);
  const head = el(
    'header',
    { class: 'head' },
    el('h1', {}, 'Playground'),
    el('p', { class: 'lede' }, 'Ask as any client does. Under each answer stands who gave it.'),
  );
  main.append(
    el(
      'div',
      { class: 'page playground' },
      head,
      el('div', { class: 'tools' }, compare, again),
      board,
      write.node,
      names,
    ),
  );
  list(names);
  if (query.has('other')) showBoth();
  return () => talks.forEach((each) => each.stop());
}

const groupWords = ({ kind, available, offers }) =>
  `${kind === 'pool' ? 'a pool: ' : ''}${available} of ${offers} can answer`;

/** The names that a request may use. */
async function list(names) {
  const told = await get('/v1/models').catch(() => ({ data: [] }));
  const option = ({ id, name, potluck }) =>
    el('option', { value: id }, potluck.kind === 'offer' ? name : groupWords(potluck));
  names.append(...told.data.map(option));
}
