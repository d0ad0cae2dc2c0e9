// Every page in both themes, on a desktop and a phone: it is there, it fits, it has no barrier, and it does nothing wrong.

import { DESKTOP, PHONE, ask, check, expect, visit } from './checks.mjs';

const PAGES = {
  now: 'models can answer this minute',
  models: 'Models',
  requests: 'Requests',
  playground: 'Playground',
  providers: 'Providers',
  use: 'Use',
  keys: 'Keys',
};

for (const theme of ['light', 'dark']) {
  for (const [place, viewport] of [
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ]) {
    for (const [name, heading] of Object.entries(PAGES)) {
      check(`page ${name}, ${theme}, ${place}`, (target) => look(target, name, heading, { theme, viewport }));
    }
  }
}

async function look({ browser, axe, demo }, name, heading, options) {
  await ask(demo);
  // The policy of the page keeps axe out too; that it holds is checked by a check of its own.
  const { page, wrong, close } = await visit(browser, `${demo}/#/${name}`, { ...options, bare: true });
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForFunction(() => document.querySelector('.link-state').dataset.link === 'live');
  await page.waitForTimeout(600);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over <= 0, 'a page that fits its width', `${over} pixels beside it`);
  const title = await page.title();
  expect(title.endsWith('· potluck'), 'a title', title);
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).slice(0, 3)}`);
  expect(found.length === 0 && passes.length > 10, 'no barrier', found);
  expect(wrong.length === 0, 'no error and nothing that leaves the origin', wrong);
  await close();
  return `${passes.length} rules of axe passed`;
}

check('the policy holds in the browser', async ({ browser, demo }) => {
  const { page, wrong, close } = await visit(browser, `${demo}/`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(wrong.length === 0, 'a page that keeps to its policy', wrong);
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.intruder = true';
    document.head.append(script);
    const left = await fetch('http://127.0.0.1:9/').then(
      () => true,
      () => false,
    );
    return { intruder: globalThis.intruder ?? false, left };
  });
  expect(!ran.intruder && !ran.left, 'no script inside the page and no other origin', ran);
  await close();
});

check('a model opens to its limits, and filters stand in the address', async ({ browser, demo }) => {
  const { page, wrong, close } = await visit(browser, `${demo}/#/models`);
  await page.getByRole('button', { name: 'ledger-70b' }).click();
  await page.getByText('Limits, and whose word they are').waitFor();
  await page.getByRole('button', { name: 'sees images' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.offers tbody tr').length === 1);
  expect(page.url().includes('can=sees'), 'the filter in the address', page.url());
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('.offers tbody tr').length === 1);
  await page.getByRole('button', { name: 'sees images' }).click();
  await page.getByRole('button', { name: 'Quality' }).click();
  await page.waitForFunction(() => document.querySelector('.offers tbody tr').innerText.includes('ponder-120b'));
  expect(wrong.length === 0, 'no error', wrong);
  await close();
});

check('a request opens to its decision, and is asked again', async ({ browser, demo }) => {
  const { id } = await ask(demo, 'What was decided?');
  const { page, wrong, close } = await visit(browser, `${demo}/#/requests?id=${encodeURIComponent(id)}`);
  await page
    .getByText(/could serve/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Who would be drawn now?' }).click();
  await page.getByText(/^Now \d+ of \d+ could serve$/).waitFor();
  expect((await page.locator('.timeline li').count()) > 0, 'attempts in time');
  expect(wrong.length === 0, 'no error', wrong);
  await close();
});

check('the theme turns and is kept', async ({ browser, demo }) => {
  const { page, close } = await visit(browser, `${demo}/`);
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const system = await ground();
  await page.getByRole('button', { name: /Theme/ }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  const dark = await ground();
  expect(system !== dark, 'another ground in the dark', [system, dark]);
  await page.reload();
  expect((await ground()) === dark, 'the same after a reload', await ground());
  await close();
});
