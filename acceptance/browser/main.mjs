// The dashboard driven as a person would, in the system's Chromium. The checks are beside this file, by what they are about.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { runAll } from './checks.mjs';
import './pages.mjs';
import './pictures.mjs';
import './keys.mjs';
import './refusals.mjs';
import './live.mjs';
import './door.mjs';
import './keyboard.mjs';
import './load.mjs';
import { shots } from './shots.mjs';

const QUIET =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  );

const text = { type: 'string' };
const { values } = parseArgs({
  options: { browser: text, demo: text, wide: text, keyed: text, fresh: text, key: text, admin: text, only: text, shots: text, release: { type: 'boolean' } },
});
const browser = await chromium.launch({ executablePath: values.browser, args: QUIET });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
try {
  const { demo, wide, keyed, fresh, key, admin, only } = values;
  const failed = await runAll({ browser, axe, demo, wide, keyed, fresh, key, admin, release: values.release }, only);
  if (values.shots) await shots({ browser, demo, keyed, admin }, values.shots);
  process.exitCode = failed ? 1 : 0;
} finally {
  await browser.close();
}
