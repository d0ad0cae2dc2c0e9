// What a page of another origin can do to the router from inside a browser: nothing. Each way is tried, and the state looked at.

import { createServer } from 'node:http';
import { check, expect } from './checks.mjs';

/** What an evil page would try, each from inside it. */
const WAYS = {
  'a plain form post to /keys': (base) => form(`${base}/keys`, '{"name":"evil","admin":true}'),
  'fetch without asking first': (base) =>
    fetch(`${base}/keys`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"name":"evil","admin":true}' }),
  'fetch with the header': (base) =>
    fetch(`${base}/keys`, {
      method: 'POST',
      credentials: 'include',
      headers: { 'content-type': 'application/json', 'x-potluck-csrf': 'open' },
      body: '{"name":"evil","admin":true}',
    }),
  'a provider’s key by PUT': (base) =>
    fetch(`${base}/pool/providers/sim-locked/key`, {
      method: 'PUT',
      credentials: 'include',
      headers: { 'x-potluck-csrf': 'open' },
      body: '{"key":"evil"}',
    }),
  'a reload without asking first': (base) => fetch(`${base}/pool/reload`, { method: 'POST', mode: 'no-cors', credentials: 'include' }),
  'a session by a form': (base) => form(`${base}/session`, '{"key":"guess"}'),
  'an answer without asking first': (base) =>
    fetch(`${base}/v1/chat/completions`, {
      method: 'POST',
      mode: 'no-cors',
      credentials: 'include',
      body: '{"model":"free","messages":[{"role":"user","content":"evil"}]}',
    }),
};

/** Reading, which changes nothing but could tell. */
const READS = ['/pool', '/pool/providers', '/pool/journal', '/keys', '/session', '/v1/models'];

function form(action, text) {
  const node = document.createElement('form');
  const field = document.createElement('input');
  Object.assign(node, { method: 'post', action, enctype: 'text/plain', target: 'frame' });
  Object.assign(field, { name: text.slice(0, -1), value: '"}' });
  node.append(field);
  document.body.append(node);
  node.submit();
  return new Promise((resolve) => setTimeout(resolve, 500));
}

check('a page of another origin can change nothing and read nothing', async ({ browser, demo }) => {
  const evil = createServer((_, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html' });
    reply.end('<!doctype html><title>evil</title><iframe name="frame"></iframe>');
  });
  await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext();
  const page = await context.newPage();
  const statuses = [];
  page.on('response', (reply) => {
    if (reply.url().startsWith(demo)) statuses.push([reply.request().method(), new URL(reply.url()).pathname, reply.status()]);
  });
  const before = await state(demo);
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  await page.evaluate(form.toString());
  for (const way of Object.values(WAYS)) {
    const script = `(() => { ${form.toString()}; return (${way.toString()})(${JSON.stringify(demo)}); })()`;
    await page.evaluate(`Promise.resolve(${script}).then(() => true, () => false)`);
  }
  const read = [];
  for (const path of READS) {
    const told = await page.evaluate(
      (url) =>
        fetch(url, { credentials: 'include' }).then(
          (reply) => reply.text(),
          () => null,
        ),
      `${demo}${path}`,
    );
    if (told !== null) read.push(path);
  }
  const framed = await page.evaluate(async (url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    await new Promise((resolve) => setTimeout(resolve, 800));
    try {
      return frame.contentDocument?.body?.innerText ?? null;
    } catch {
      return null;
    }
  }, `${demo}/`);
  const after = await state(demo);
  evil.close();
  await context.close();
  const done = statuses.filter(([method, , status]) => method !== 'GET' && status < 400);
  expect(done.length === 0, 'every change refused', done);
  expect(read.length === 0, 'nothing that could be read', read);
  expect(!framed, 'no page in a frame', framed);
  expect(before === after, 'nothing changed', [before, after]);
  return `${Object.keys(WAYS).length} ways to change and ${READS.length} to read; the router answered ${[...new Set(statuses.map((each) => each[2]))].sort().join(', ')}`;
});

/** What a change would show: keys, when the configuration was read, requests that were asked. */
async function state(base) {
  const get = async (path) => (await fetch(`${base}${path}`)).json();
  const keys = await get('/keys').catch(() => null);
  const pool = await get('/pool');
  const journal = await get('/pool/journal?limit=1');
  return JSON.stringify([keys, pool.configuration.read_at, journal.requests[0]?.id ?? null]);
}
