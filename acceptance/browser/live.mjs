// What changes at the router is in the page within a second, without a reload.

import { ask, check, expect, visit } from './checks.mjs';

check('a request is in the page within a second of its end', async ({ browser, demo }) => {
  const { page, wrong, close } = await visit(browser, `${demo}/#/now`);
  await page.getByRole('heading', { name: 'Just now' }).waitFor();
  await page.waitForTimeout(500);
  const spans = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const { id } = await ask(demo, `Live, number ${turn}`);
    const ended = performance.now();
    await page.locator(`.lately a[href="#/requests?id=${id}"]`).waitFor({ timeout: 3000 });
    spans.push(Math.round(performance.now() - ended));
  }
  expect(Math.max(...spans) < 1000, 'less than a second', spans);
  expect(wrong.length === 0, 'no error', wrong);
  await close();
  return `${Math.max(...spans)} ms at most of ${spans.length}`;
});

check('a limit that is used is in the page within a second', async ({ browser, demo }) => {
  const { page, close } = await visit(browser, `${demo}/#/models?find=ledger`);
  const left = page.locator('.offers .gauge .left');
  await left.waitFor();
  await page.waitForTimeout(500);
  const before = await left.innerText();
  const changed = () =>
    page.waitForFunction((text) => document.querySelector('.offers .gauge .left').textContent !== text, before, {
      timeout: 3000,
    });
  let ended;
  // a use that comes back in the moment in which another is taken changes nothing to be seen
  for (let turn = 0; turn < 3; turn += 1) {
    await ask(demo, 'Use one.', 'ledger');
    ended = performance.now();
    if (await changed().catch(() => null)) break;
    expect(turn < 2, 'a change after one of three uses', before);
  }
  const span = Math.round(performance.now() - ended);
  expect(span < 1000, 'less than a second', span);
  await close();
  return `${span} ms`;
});
