// What a person should know on every page: a configuration that was refused, and settings that wait for a restart.

import { el, put, show } from './element.js';
import { onChange, pool } from './pool.js';
import { calmly } from './frame.js';

/** Follow the router's configuration in `node`. */
export function notices(node) {
  let shown = '';
  const paint = () => {
    const { refused, needs_restart: waiting = [] } = pool.configuration ?? {};
    const state = JSON.stringify([refused, waiting]);
    if (state === shown) return;
    shown = state;
    node.replaceChildren(...[refused && wrong(refused.errors), waiting.length > 0 && later(waiting)].filter(Boolean));
    show(node, node.childElementCount > 0);
  };
  onChange(calmly(paint));
}

function wrong(errors) {
  const list = el(
    'ul',
    {},
    errors.map((error) => el('li', {}, error)),
  );
  const words = 'The configuration was changed and cannot be used; the one of before stays in force.';
  const node = el('div', { class: 'notice bad' }, el('p', {}, words), list);
  put(node, 'role', 'alert');
  return node;
}

function later(names) {
  const codes = names.flatMap((name, at) => [at ? ', ' : '', el('code', {}, name)]);
  return el('p', { class: 'notice' }, 'Changed, and in force only after a restart: ', codes, '.');
}
