// The screenshots of the documentation: the demo's pool after a little traffic.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DESKTOP, PHONE, ask, visit } from './checks.mjs';

const SHOTS = [
  ['now-light', 'now', 'light', { width: 1280, height: 860 }],
  ['now-dark', 'now', 'dark', { width: 1280, height: 860 }],
  ['models-light', 'models', 'light', DESKTOP],
  ['requests-dark', 'requests', 'dark', DESKTOP],
  ['playground-light', 'playground', 'light', DESKTOP],
  ['providers-light', 'providers', 'light', DESKTOP],
  ['use-dark', 'use', 'dark', DESKTOP],
  ['keys-light', 'keys', 'light', DESKTOP],
  ['now-phone', 'now', 'light', PHONE],
];

/** Write them into `folder`. */
export async function shots({ browser, demo, keyed, admin }, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, path, theme, viewport] of SHOTS) {
    const base = path === 'keys' ? keyed : demo;
    const { page, close } = await visit(browser, `${base}/#/${path}`, { theme, viewport });
    const traffic = trickle(demo);
    await page.waitForTimeout(6000);
    await PREPARE[path]?.(page, admin);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await traffic;
    await close();
  }
}

const PREPARE = {
  keys: async (page, admin) => {
    await page.locator('dialog.ask-key input').fill(admin);
    await page.keyboard.press('Enter');
    for (const name of ['the phone', 'nightly batch']) {
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Requests a day').fill('500');
      await page.getByRole('button', { name: 'Make the key' }).click();
      await page.getByRole('heading', { name: `The key ${name}` }).waitFor();
      await page.getByRole('button', { name: 'I have it' }).click();
    }
    await page.mouse.move(0, 0);
  },
  requests: async (page) => {
    await page.locator('.journal .opener').nth(2).click();
    await page
      .getByText(/could serve/)
      .first()
      .waitFor();
    await page.mouse.move(0, 0);
  },
  playground: async (page) => {
    await page.getByRole('button', { name: 'Compare two draws' }).click();
    await page.getByLabel('Your message').fill('What should I bring to a potluck?');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(6000);
  },
};

async function trickle(base) {
  const all = [];
  for (let sent = 0; sent < 12; sent += 1) {
    all.push(
      ask(
        base,
        ['Say hello.', 'Name three rivers.', 'What is a potluck?'][sent % 3],
        sent % 4 ? 'free' : 'everyday',
      ).catch(() => null),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await Promise.all(all);
}
