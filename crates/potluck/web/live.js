// Keeping the pool current: by events where the router streams them, else by looking once a second.

import { get } from './call.js';
import { take } from './pool.js';

const EACH = 1000;
const HIDDEN = 10000;
const AGAIN = 2000;

/** Follow the pool for ever; `tellLink(state)` hears `live` and `lost`. */
export async function follow(tellLink) {
  for (;;) {
    try {
      take(await get('/pool'));
      tellLink('live');
      await rest(document.hidden ? HIDDEN : EACH);
    } catch (error) {
      tellLink('lost', error);
      await rest(AGAIN);
    }
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
