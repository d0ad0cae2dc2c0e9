// The way through the playground by the keyboard alone, and what a screen reader would be told.

import { check, expect, visit } from './checks.mjs';

/** Press Tab until `reached` holds for what has the focus; how often. */
async function tabTo(page, reached, what) {
  for (let presses = 1; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(reached)) return presses;
  }
  throw new Error(
    `expected ${what} to be reached by Tab, saw ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120))}`,
  );
}

check('keyboard: from the address to an answer, and to a comparison', async ({ browser, demo }) => {
  const { page, wrong, close } = await visit(browser, `${demo}/`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement.className === 'skip'), 'the way to the page first');
  await tabTo(page, () => document.activeElement.getAttribute('href') === '#/playground', 'the playground');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Playground' }).waitFor();
  expect(await page.evaluate(() => document.activeElement.id === 'main'), 'the focus in the new page');
  await tabTo(page, () => document.activeElement.textContent === 'Compare two draws', 'the comparison');
  await page.keyboard.press('Space');
  await tabTo(page, () => document.activeElement.tagName === 'TEXTAREA', 'the message');
  await page.keyboard.type('Say hello.');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('.answered:not([aria-busy]) .prose p').length >= 2, null, {
    timeout: 20000,
  });
  const facts = await page.locator('.facts-line').allInnerTexts();
  expect(facts.length === 2 && facts.every((each) => each.startsWith('sim-')), 'who answered each', facts);
  await tabTo(page, () => document.activeElement.textContent === 'Send', 'the way to send');
  expect(wrong.length === 0, 'no error', wrong);
  await close();
  return facts.join(' | ');
});

check('keyboard: a picture is seen by a model that sees', async ({ browser, demo }) => {
  const { page, wrong, close } = await visit(browser, `${demo}/#/playground`);
  const dot = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==',
    'base64',
  );
  await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: dot });
  await page.getByRole('button', { name: 'Take off dot.png' }).waitFor();
  await page.getByLabel('Your message').fill('What is this?');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.answered:not([aria-busy])'), null, { timeout: 20000 });
  const facts = await page.locator('.facts-line').innerText();
  expect(facts.startsWith('sim-painter/vista-12b'), 'the model that sees', facts);
  expect(wrong.length === 0, 'no error', wrong);
  await close();
});

check('keyboard: a pool of the settings is among the names, and serves', async ({ browser, demo }) => {
  const { page, wrong, close } = await visit(browser, `${demo}/#/playground?model=sharp`);
  const option = page.locator('#model-names option[value=sharp]');
  await option.waitFor({ state: 'attached' });
  const words = await option.textContent();
  expect(/^a pool: \d of 2 can answer$/.test(words), 'a pool of two', words);
  await page.getByLabel('Your message').fill('Say hello.');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.answered:not([aria-busy])'), null, { timeout: 20000 });
  const facts = await page.locator('.facts-line').innerText();
  expect(/^sim-(thinker\/ponder-120b|clerk\/ledger-70b)/.test(facts), 'one of its members', facts);
  expect(wrong.length === 0, 'no error', wrong);
  await close();
});

check('keyboard: a table is sorted, and says so', async ({ browser, demo }) => {
  const { page, close } = await visit(browser, `${demo}/#/models`);
  await page.locator('.offers tbody tr').first().waitFor();
  await tabTo(page, () => document.activeElement.textContent === 'Context', 'the column');
  await page.keyboard.press('Enter');
  await page.locator('th.col-context[aria-sort=ascending]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('th.col-context[aria-sort=descending]').waitFor();
  await close();
});
