// Pictures in the page: made in the playground, and counted in the use.

import { check, expect, visit } from './checks.mjs';

check('a picture is made in the playground, by two draws, and counted', async ({ browser, fresh }) => {
  const { page, wrong, close } = await visit(browser, `${fresh}/#/playground`);
  await page.getByRole('button', { name: 'Compare two draws' }).click();
  await page.getByRole('button', { name: 'Make a picture' }).click();
  await page.getByLabel('Your message').fill('A red fox in snow.');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('.answered:not([aria-busy]) .pictures img').length === 2, null, {
    timeout: 20000,
  });
  const wide = await page.locator('.answered .pictures img').first().evaluate((picture) => picture.naturalWidth);
  expect(wide > 0, 'a picture that the browser can show', wide);
  const facts = await page.locator('.facts-line').allInnerTexts();
  expect(facts.every((each) => each.startsWith('paint/brush')), 'the one that paints', facts);
  await page.goto(`${fresh}/#/use`);
  const figure = page.locator('.figure', { has: page.getByText('pictures', { exact: true }) });
  await figure.getByText('2', { exact: true }).waitFor({ timeout: 20000 });
  await page.getByText('no list prices are known').waitFor();
  expect(wrong.length === 0, 'no error', wrong);
  await close();
});
