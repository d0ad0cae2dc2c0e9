// How checks are named, run and counted, and what a page may never do while one runs.

import { inspect } from 'node:util';

const checks = [];

/** A check: a function of `{ browser, axe, demo, wide }` that throws when a fact does not hold. */
export function check(name, run) {
  checks.push({ name, run });
}

/** State a fact. `seen` is printed when it does not hold. */
export function expect(holds, what, seen = '') {
  if (!holds) throw new Error(`expected ${what}, saw ${inspect(seen, { depth: 6 })}`);
}

/** Run the checks whose name has `only` in it; how many failed. */
export async function runAll(target, only = '') {
  const chosen = checks.filter((each) => each.name.includes(only));
  let failed = 0;
  for (const each of chosen) failed += Number(!(await runOne(each, target)));
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed || !chosen.length;
}

async function runOne({ name, run }, target) {
  const began = performance.now();
  let trouble = '';
  let told = '';
  try {
    told = (await run(target)) ?? '';
  } catch (error) {
    trouble = ` FAILED: ${error.message}`;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`  ${trouble ? 'not ok' : 'ok    '} ${name} (${seconds} s)${told && `: ${told}`}${trouble}`);
  return !trouble;
}

export const DESKTOP = { width: 1360, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** A page at `url`, and what it did wrong: errors of the console, and whatever left its origin. */
export async function visit(browser, url, { theme = 'light', viewport = DESKTOP, bare = false } = {}) {
  const context = await browser.newContext({
    colorScheme: theme,
    viewport,
    bypassCSP: bare,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== new URL(url).origin && !['data:', 'blob:'].includes(asked.protocol))
      wrong.push(`left the origin: ${asked}`);
  });
  await page.goto(url);
  return { page, wrong, close: () => context.close() };
}

/** Ask the router as a client. */
export async function ask(base, content = 'Say hello.', model = 'free') {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content }] });
  const reply = await fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const told = await reply.json();
  return {
    status: reply.status,
    offer: reply.headers.get('x-potluck-offer'),
    id: reply.headers.get('x-potluck-request-id'),
    told,
  };
}
