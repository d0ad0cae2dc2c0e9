// Who this browser is at the router: let in by a key that manages (a cookie that no page can read), a client with a key that
// lives in this tab, or whoever is on this machine. Knows no page.

const KEPT = 'potluck.key';

/** As the router last told. */
export const session = { admin: false, keysNeeded: false, csrf: null, name: null, until: null };

const listeners = new Set();

/** Call `act` when it is somebody else; until the returned function is called. */
export function onSession(act) {
  listeners.add(act);
  return () => listeners.delete(act);
}

/** Ask the router who this is. An older one does not know; then a key is all there is. */
export async function learn() {
  const reply = await fetch('/session', { headers: bearer(), cache: 'no-store' }).catch(() => null);
  if (reply?.ok) take(await reply.json());
}

/** What a request has to carry: the tab's key, and for changes the proof that this page asks. */
export function credentials(method = 'GET') {
  const proof = method === 'GET' || !session.csrf ? {} : { 'x-potluck-csrf': session.csrf };
  return { ...bearer(), ...proof };
}

/** Whether a key lives in this tab. */
export const hasKey = () => Boolean(read());

/** Let in by a key: `manager`, `client` where it may only ask, or `unknown`. */
export async function signIn(key) {
  const headers = { 'content-type': 'application/json', ...credentials('POST'), authorization: `Bearer ${key}` };
  const reply = await fetch('/session', { method: 'POST', headers, body: JSON.stringify({ key }), cache: 'no-store' });
  if (reply.ok) {
    write(null);
    take(await reply.json());
    return 'manager';
  }
  if (reply.status === 401) return 'unknown';
  write(key);
  await learn();
  return 'client';
}

/** Forget the key and the cookie. */
export async function signOut() {
  await fetch('/session', { method: 'DELETE', headers: credentials('DELETE'), cache: 'no-store' });
  write(null);
  await learn();
}

function take({ admin, keys_needed: keysNeeded, csrf, name, expires }) {
  Object.assign(session, { admin, keysNeeded, csrf, name, until: expires });
  for (const act of listeners) act();
}

const bearer = () => (read() ? { authorization: `Bearer ${read()}` } : {});

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
    if (key) sessionStorage.setItem(KEPT, key);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Where nothing can be kept, it holds until the page is left.
  }
}
