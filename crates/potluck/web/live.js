// Keeping the pool current: by events where the router streams them, else by looking once a second.

import { Refused, get, send } from './call.js';
import { add, configure, remove, setLimit, stand, take, tell } from './pool.js';
import { began, failed, forget, over, recall, tried } from './requests_now.js';
import { events } from './stream.js';

const EACH = 1000;
const HIDDEN = 10000;
const AGAIN = 2000;
/** Speeds and rates are in no event: the whole is read again now and then. */
const WHOLE = 15000;
/** The router says every ten seconds that it lives. */
const SILENCE = 25000;

/** Follow the pool for ever; `tellLink(state)` hears `live` and `lost`. */
export async function follow(tellLink) {
  await get('/pool/journal?limit=400')
    .then(({ requests }) => recall(requests))
    .catch(() => {});
  for (;;) {
    try {
      await listen(tellLink);
    } catch (error) {
      if (error instanceof Refused) await look(tellLink);
      else tellLink('lost');
    }
    await rest(AGAIN);
  }
}

/** Hear events until they end. */
async function listen(tellLink) {
  const silence = new AbortController();
  let timer = null;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE);
  };
  heard();
  const refresh = setInterval(
    () =>
      !document.hidden &&
      get('/pool')
        .then((whole) => take(whole))
        .catch(() => {}),
    WHOLE,
  );
  try {
    const reply = await send('/pool/events', { signal: silence.signal });
    for await (const { event, data } of events(reply, heard)) {
      hear(event, JSON.parse(data));
      tellLink('live');
    }
    tellLink('lost');
  } finally {
    clearTimeout(timer);
    clearInterval(refresh);
  }
}

const HEARD = {
  snapshot: (pool) => {
    forget();
    take(pool);
  },
  offer_added: add,
  offer_removed: ({ offer }) => remove(offer),
  state: stand,
  limit: setLimit,
  configuration: configure,
  request: began,
  attempt: tried,
  attempt_failed: failed,
  served: (told) => over('served', told),
  broke: (told) => over('broke', told),
  refused: (told) => over('refused', told),
  left: (told) => over('left', told),
};

function hear(event, data) {
  HEARD[event]?.(data);
  tell();
}

/** Look at the pool for a while: a router that streams no events, or to too many already. */
async function look(tellLink) {
  for (let turn = 0; turn < 60; turn += 1) {
    try {
      take(await get('/pool'), { counting: true });
      tellLink('live');
    } catch {
      tellLink('lost');
      return;
    }
    await rest(document.hidden ? HIDDEN : EACH);
  }
}

/** Wait, or less when the page is looked at again. */
function rest(span) {
  return new Promise((resolve) => {
    const over = () => {
      document.removeEventListener('visibilitychange', over);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(over, span);
    document.addEventListener('visibilitychange', over);
  });
}
