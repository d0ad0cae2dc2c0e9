// Where the router has client keys: the page asks for one, once, and forgets it with the tab.

import { check, expect, visit } from './checks.mjs';

check('a key is asked for, a wrong one is told, and the right one opens', async ({ browser, axe, keyed, key }) => {
  const { page, close } = await visit(browser, `${keyed}/#/models`, { bare: true });
  const field = page.locator('dialog input');
  await field.waitFor();
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  expect(
    violations.length === 0,
    'no barrier in the dialog',
    violations.map((each) => each.id),
  );
  await field.fill('no key of this house');
  await page.keyboard.press('Enter');
  await page.getByText('That key is not known here.').waitFor();
  await field.fill(key);
  await page.keyboard.press('Enter');
  await page.locator('.offers tbody tr').first().waitFor();
  expect(await field.isHidden(), 'no dialog any more');
  await page.reload();
  await page.locator('.offers tbody tr').first().waitFor();
  const elsewhere = await page.evaluate(() =>
    Object.keys(localStorage).filter((each) => localStorage.getItem(each).includes('key')),
  );
  expect(elsewhere.length === 0, 'no key beyond the tab', elsewhere);
  await close();
});

check('the dialog works under the policy too', async ({ browser, keyed, key }) => {
  const { page, close } = await visit(browser, `${keyed}/#/now`);
  await page.locator('dialog input').fill(key);
  await page.getByRole('button', { name: 'Open the dashboard' }).click();
  await page.getByRole('heading', { name: 'models can answer this minute' }).waitFor();
  await page.locator('.lanes tbody tr').first().waitFor();
  await close();
});
