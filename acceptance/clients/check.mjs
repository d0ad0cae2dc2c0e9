// Checks against one address: how they are named, run, counted and reported, and the words of every client's command.
// It knows nothing of any client; a check is a function of a target that throws when a fact does not hold.

import { appendFileSync } from 'node:fs';
import { inspect, parseArgs } from 'node:util';

const checks = [];

/** A fact that did not hold; the text says what was seen instead. */
class NotSo extends Error {}

export function check(suite, name, run, { onlyPotluck = false } = {}) {
  checks.push({ suite, name, run, onlyPotluck });
}

/** State a fact. `seen` is printed when it does not hold. */
export function expect(holds, what, seen = '') {
  if (!holds) throw new NotSo(`expected ${what}, saw ${inspect(seen, { depth: 8 })}`);
}

/** The error of class `kind` that the promise ends in. */
export async function expectRejects(kind, promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new NotSo(`expected ${kind.name}, saw an answer: ${inspect(answer)}`);
}

async function runChecks(suite, target) {
  const chosen = checks.filter((c) => c.suite === suite && (target.potluck || !c.onlyPotluck));
  let passed = 0;
  for (const one of chosen) passed += Number(await runOne(one, target));
  return { passed, failed: chosen.length - passed };
}

async function runOne(one, target) {
  const started = performance.now();
  let trouble = '';
  try {
    await one.run(target);
  } catch (error) {
    trouble = ` FAILED: ${error instanceof NotSo ? error.message : inspect(error)}`;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`  ${trouble ? 'not ok' : 'ok    '} ${one.name} (${seconds} s)${trouble}`);
  return !trouble;
}

/** Append one line of JSON about this run, for the table at the end. */
function report(path, row) {
  if (path) appendFileSync(path, `${JSON.stringify(row)}\n`);
  console.log(`  ${row.client} ${row.version}, ${row.suite}: ${row.passed} passed, ${row.failed} failed`);
}

function readArguments() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const options = { 'base-url': text, model: text, 'embedding-model': text, suite: text, key: { ...text, default: 'none' } };
  const { values } = parseArgs({ options: { ...options, report: text, potluck: flag } });
  if (values['base-url'] && values.model && values.suite) return values;
  console.error('--base-url URL --model NAME --suite NAME[,NAME] [--key KEY] [--potluck] [--report FILE]');
  process.exit(2);
}

/** Run the suites that the command line names with what `connect(baseUrl, key)` returns. */
export async function main(client, version, connect) {
  const values = readArguments();
  const { 'base-url': given, key, model, potluck, suite: suites, report: path } = values;
  const baseUrl = `${given.replace(/\/(v1\/?)?$/, '')}/v1`;
  const embeddingModel = values['embedding-model'];
  const target = { client: connect(baseUrl, key), baseUrl, key, model, embeddingModel, potluck };
  for (const suite of suites.split(',')) {
    const { passed, failed } = await runChecks(suite, target);
    report(path, { client, version, suite, passed, failed });
    if (failed || !passed) process.exitCode = 1;
  }
}
