// The journal's requests since a moment, page by page; what was read before is not read again.

import { get } from './call.js';

const PAGE = 1000;
const PAGES = 20;

/** By id, so that what two pages tell is counted once. */
const known = new Map();

/** The requests since `moment`, and whether these are all. */
export async function gather(moment) {
  const since = new Date(moment).toISOString();
  let before = null;
  for (let page = 0; page < PAGES; page += 1) {
    const told = await get(`/pool/journal?limit=${PAGE}&since=${since}${before ? `&before=${before}` : ''}`);
    const fresh = told.requests.filter((request) => !known.has(request.id));
    for (const request of fresh) known.set(request.id, slim(request));
    before = told.next;
    const met = fresh.length < told.requests.length && moment >= gather.reached;
    if (before === null || met) {
      gather.reached = Math.min(gather.reached, moment);
      return { requests: after(moment), whole: true };
    }
  }
  return { requests: after(moment), whole: false };
}
gather.reached = Infinity;

const after = (moment) => [...known.values()].filter((request) => request.came >= moment);

/** What the plots need, and no more: there may be many. */
function slim({ came, ending, work, attempts, prompt_tokens: read, completion_tokens: written, first_content_ms: first }) {
  const failures = attempts
    .filter((each) => each.outcome !== 'served' && each.outcome !== 'left')
    .map((each) => each.outcome);
  const pictures = work === 'picture' && ending === 'served' ? 1 : 0;
  return { came: Date.parse(came), ending, pictures, failures, read: read ?? 0, written: written ?? 0, first: first ?? null };
}
