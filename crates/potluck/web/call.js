// Asking the router, at the same doors as any client. Where it wants a key, the person is asked for one.

import { credentials, learn, signIn } from './session.js';

let asking = null;

/** A refusal of the router, in its own words. */
export class Refused extends Error {
  constructor(status, told, headers) {
    super(told?.message ?? `the router answered ${status}`);
    this.status = status;
    this.code = told?.code ?? null;
    this.retryAfter = Number(headers?.get('retry-after')) || null;
  }
}

/** Ask for JSON. */
export async function get(path, options = {}) {
  const reply = await send(path, options);
  return reply.json();
}

/** Send JSON; the reply is given as it is, so that it can be read as it comes. */
export function post(path, body, options = {}) {
  const headers = { 'content-type': 'application/json', ...options.headers };
  return send(path, { method: 'POST', ...options, headers, body: JSON.stringify(body) });
}

/** Put JSON in its place. */
export const put = (path, body) => post(path, body, { method: 'PUT' });

/** Take away. */
export const remove = (path) => send(path, { method: 'DELETE' });

/** Send a request, with what lets it in; a refusal is thrown as `Refused`. */
export async function send(path, options = {}, again = false) {
  const carried = credentials(options.method);
  const reply = await fetch(path, { ...options, headers: { ...options.headers, ...carried }, cache: 'no-store' });
  if (reply.status === 401) {
    await letIn({ refused: Boolean(carried.authorization) });
    return send(path, options, again);
  }
  if (reply.ok) return reply;
  const refused = await refusal(reply);
  // The router was started again since: its proofs are others now.
  if (refused.code === 'csrf_token_needed' && !again) {
    await learn();
    return send(path, options, true);
  }
  throw refused;
}

async function refusal(reply) {
  const told = await reply.json().catch(() => null);
  return new Refused(reply.status, told?.error, reply.headers);
}

/** Ask the person for a key, once for all requests that wait; one who `asked` to be asked may also leave it. */
export function letIn({ refused = false, asked = false } = {}) {
  asking ??= askUntilKnown(refused, asked).finally(() => {
    asking = null;
  });
  return asking;
}

async function askUntilKnown(refused, asked) {
  for (let wrong = refused; ; wrong = true) {
    const key = await ask(wrong);
    if (!key && asked) return;
    const who = key ? await signIn(key).catch(() => 'unknown') : 'unknown';
    if (who !== 'unknown') return;
  }
}

function ask(wrong) {
  const dialog = document.querySelector('dialog.ask-key');
  dialog.querySelector('.wrong').hidden = !wrong;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(take(dialog)), { once: true });
  });
}

function take(dialog) {
  const input = dialog.querySelector('input');
  const key = input.value.trim();
  input.value = '';
  return key;
}
