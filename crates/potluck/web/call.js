// Asking the router, at the same doors as any client. Where it has client keys, one is asked for, and lives in this tab.

const KEPT = 'potluck.key';
let asking = null;

/** A refusal of the router, in its own words. */
export class Refused extends Error {
  constructor(status, message, headers) {
    super(message);
    this.status = status;
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
  return send(path, { ...options, method: 'POST', headers, body: JSON.stringify(body) });
}

/** Send a request, with the key where there is one; a refusal is thrown as `Refused`. */
export async function send(path, options = {}) {
  const key = read();
  const headers = { ...options.headers, ...(key && { authorization: `Bearer ${key}` }) };
  const reply = await fetch(path, { ...options, headers, cache: 'no-store' });
  if (reply.status === 401) {
    await newKey(key);
    return send(path, options);
  }
  if (!reply.ok) throw await refusal(reply);
  return reply;
}

async function refusal(reply) {
  const told = await reply.json().catch(() => null);
  return new Refused(reply.status, told?.error?.message ?? `the router answered ${reply.status}`, reply.headers);
}

/** Ask the person, once for all requests that wait. */
function newKey(refused) {
  asking ??= ask(refused).finally(() => {
    asking = null;
  });
  return asking;
}

function ask(refused) {
  const dialog = document.querySelector('dialog.ask-key');
  dialog.querySelector('.wrong').hidden = !refused;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(take(dialog)), { once: true });
  });
}

function take(dialog) {
  const input = dialog.querySelector('input');
  write(input.value.trim());
  input.value = '';
}

function read() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return write.held;
  }
}

function write(key) {
  write.held = key;
  try {
    sessionStorage.setItem(KEPT, key);
  } catch {
    // Where nothing can be kept, it holds until the page is left.
  }
}
