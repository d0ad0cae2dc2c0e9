// A provider's key: who set it, and giving one to the router to keep. It goes in and never comes out.

import { el, say, show } from './element.js';
import { put, remove } from './call.js';
import { pool } from './pool.js';
import { session } from './session.js';

const BY = { environment: 'set in the environment', potluck: 'kept by potluck' };

/** What stands in a card: `{ node, update }`; `changed` is called when a key was set or taken away. */
export function providerKey(first, changed) {
  const held = el('p', { class: 'sub' });
  const wrong = el('p', { class: 'wrong', role: 'alert', hidden: true });
  const off = el('button', { type: 'button', class: 'button small' }, 'Forget the key');
  off.setAttribute('aria-label', `Forget the key of ${first.name}`);
  const form = keyForm(first);
  const node = el('div', { class: 'key', hidden: true }, held, wrong, off, form.node);
  const run = async (work) => {
    say(wrong, '');
    form.busy(true);
    await work().then(changed, (error) => say(wrong, error.message));
    form.busy(false);
    show(wrong, Boolean(wrong.textContent));
  };
  const path = `/pool/providers/${encodeURIComponent(first.provider)}/key`;
  off.addEventListener('click', () => run(() => remove(path)));
  form.node.addEventListener('submit', (event) => {
    event.preventDefault();
    run(() => put(path, form.take()));
  });
  const update = (provider) => {
    const keys = provider.keys ?? [];
    const kept = keys.some((each) => each.set_by === 'potluck');
    const fixed = keys.some((each) => each.set_by !== 'potluck' && provider.key_variables.includes(each.variable));
    const may = session.admin && Boolean(pool.configuration?.can_reload);
    say(held, keys.map((each) => `${each.variable}: ${BY[each.set_by] ?? each.set_by}`).join('; '));
    show(held, keys.length > 0);
    show(off, may && kept);
    show(form.node, may && !fixed && provider.key_variables.length > 0);
    form.name(kept);
    show(node, !held.hidden || !form.node.hidden);
  };
  return { node, update };
}

function keyForm(provider) {
  const key = field('Key', 'password', `Key of ${provider.name}`);
  const account = field('Account id', 'text', `Account id at ${provider.name}`);
  const go = el('button', { type: 'submit', class: 'button small' }, 'Keep it');
  const label = el('summary', {}, 'Set its key');
  const more = el('details', {}, label, el('div', { class: 'fields' }, key.node, account.node, go));
  const node = el('form', { class: 'key-form', autocomplete: 'off' }, more);
  const wantsAccount = provider.account_variables.length > 0;
  show(account.node, wantsAccount);
  const take = () => {
    const given = { key: key.input.value.trim(), ...(wantsAccount && { account: account.input.value.trim() }) };
    key.input.value = '';
    return given;
  };
  const name = (kept) => say(label, kept ? 'Set another key' : 'Set its key');
  const busy = (runs) => {
    go.disabled = runs;
  };
  key.input.required = true;
  return { node, take, name, busy };
}

function field(words, type, label) {
  const input = el('input', {
    type,
    'aria-label': label,
    autocomplete: type === 'password' ? 'new-password' : 'off',
    spellcheck: 'false',
  });
  return { input, node: el('label', { class: 'field' }, el('span', {}, words), input) };
}
