// Client keys and providers' keys in the page: made, shown once, used, revoked; given to keep, and taken back.

import { check, expect, visit } from './checks.mjs';

/** What the router answers to a client with this key. */
async function asked(base, key) {
  const body = JSON.stringify({ model: 'free', messages: [{ role: 'user', content: 'Say hello.' }] });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const reply = await fetch(`${base}/v1/chat/completions`, { method: 'POST', headers, body });
  await reply.text();
  return reply.status;
}

check('keys: a provider’s key goes in, is used, and comes out nowhere', async ({ browser, fresh }) => {
  const { page, wrong, close } = await visit(browser, `${fresh}/#/providers`);
  const bodies = [];
  page.on('response', async (reply) => bodies.push(await reply.text().catch(() => '')));
  const card = page.locator('.card', { hasText: 'sim-locked' });
  await card.getByText('Set its key').click();
  await card.getByLabel('Key of sim-locked', { exact: true }).fill('a-key-for-the-locked-one');
  await card.getByRole('button', { name: 'Keep it' }).click();
  await card.getByText('SIM_LOCKED_KEY: kept by potluck').waitFor();
  await card.getByText(/of \d+ models? ready/).waitFor();
  expect((await card.getByLabel('Key of sim-locked', { exact: true }).inputValue()) === '', 'an empty field afterwards');
  await card.getByRole('button', { name: 'Forget the key of sim-locked' }).click();
  await card.getByText('Set its key').waitFor();
  await card.getByText('kept by potluck').waitFor({ state: 'hidden' });
  expect(!bodies.some((body) => body.includes('a-key-for-the-locked-one')), 'no answer with the key in it');
  expect(wrong.length === 0, 'no error', wrong);
  await close();
});

check('keys: made, shown once, used, seen in use, revoked', async ({ browser, axe, fresh }) => {
  const { page, wrong, close } = await visit(browser, `${fresh}/#/keys`, { bare: true });
  await page.getByText('No key was made yet').waitFor();
  const made = async (name, fill = async () => {}) => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await fill();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('heading', { name: `The key ${name}` }).waitFor();
    const key = await page.locator('.secret').innerText();
    await barriers(page, axe);
    await page.getByRole('button', { name: 'I have it' }).click();
    expect(!(await page.content()).includes(key), 'a key that is shown once', name);
    return key;
  };
  await made('admin');
  await page.getByText('Signed in as admin').waitFor();
  const key = await made('the phone', async () => {
    const pools = page.getByLabel('Pools', { exact: true });
    await pools.focus();
    await page.waitForFunction((field) => field.placeholder.includes('sharp'), await pools.elementHandle());
    await pools.fill('sharp');
    await page.getByLabel('Requests a day').fill('5');
    await page.getByLabel('Ends').selectOption('30d');
  });
  expect((await asked(fresh, key)) === 200, 'an answer for the key');
  expect((await asked(fresh, 'pk-unknown')) === 401, 'none for another');
  const card = page.locator('.card', { has: page.getByRole('heading', { name: 'the phone' }) });
  await card.getByText('4 / 5 requests a day').waitFor({ timeout: 15000 });
  await card.getByText('pool sharp').waitFor();
  await page.reload();
  await card.getByRole('button', { name: 'Revoke the phone' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  expect((await asked(fresh, key)) === 200, 'a key that was kept');
  await card.getByRole('button', { name: 'Revoke the phone' }).click();
  await barriers(page, axe);
  await page.getByRole('button', { name: 'Revoke it' }).click();
  await card.getByText(/^revoked on/).waitFor();
  expect((await asked(fresh, key)) === 401, 'a refusal after it was revoked');
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(!kept.includes('pk-') && !kept.includes('potluck_session'), 'no key where a script could read it', kept);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('dialog.ask-key input').waitFor();
  expect(wrong.filter((each) => !each.includes('401')).length === 0, 'no error', wrong);
  await close();
});

async function barriers(page, axe) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).slice(0, 3)}`);
  expect(found.length === 0, 'no barrier', found);
}
