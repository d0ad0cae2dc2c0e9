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

check('a key that manages lets the browser in by a cookie, until it signs out', async ({ browser, keyed, admin }) => {
  const { page, close } = await visit(browser, `${keyed}/#/keys`);
  await page.locator('dialog.ask-key input').fill(admin);
  await page.keyboard.press('Enter');
  await page.getByText('Signed in as').waitFor();
  await page.getByRole('button', { name: 'Make the key' }).waitFor();
  const readable = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  expect(!readable.includes(admin) && !readable.includes('potluck_session'), 'no key that a script could read', readable);
  const cookies = (await page.context().cookies()).filter((each) => each.name === 'potluck_session');
  expect(cookies[0]?.httpOnly && cookies[0]?.sameSite === 'Strict', 'a cookie for the router alone', cookies);
  const bare = await page.evaluate(() => fetch('/keys', { method: 'POST', body: '{"name":"x"}' }).then((reply) => reply.status));
  expect(bare === 403, 'no change without the proof of the page', bare);
  await page.reload();
  await page.getByText('Signed in as').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('dialog.ask-key input').waitFor();
  await close();
});

check('a key that only asks sees the pool and not the keys', async ({ browser, keyed, key }) => {
  const { page, close } = await visit(browser, `${keyed}/#/keys`);
  await page.locator('dialog.ask-key input').fill(key);
  await page.keyboard.press('Enter');
  await page.getByText('Only a key that manages may see and make keys.').waitFor();
  expect(await page.getByRole('button', { name: 'Make the key' }).isHidden(), 'no form');
  await page.getByRole('button', { name: 'Sign in with a key that manages' }).waitFor();
  await close();
});
