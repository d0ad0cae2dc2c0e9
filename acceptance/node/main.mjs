// Run one suite of checks with the official OpenAI Node client.

import OpenAI from 'openai';
import { VERSION } from 'openai/version';
import { parseArgs } from 'node:util';
import { report, runChecks } from './check.mjs';
import './chat.mjs';
import './errors.mjs';
import './tools.mjs';

const usage =
  'openai_node --base-url URL --model NAME --suite chat|errors|tools [--key KEY] [--potluck] [--report FILE]';

function readArguments() {
  const { values } = parseArgs({
    options: {
      'base-url': { type: 'string' },
      model: { type: 'string' },
      suite: { type: 'string' },
      key: { type: 'string', default: 'none' },
      report: { type: 'string' },
      potluck: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || !values['base-url'] || !values.model || !values.suite) {
    console.error(`usage: ${usage}`);
    process.exit(values.help ? 0 : 2);
  }
  return values;
}

const options = readArguments();
const client = new OpenAI({ baseURL: options['base-url'], apiKey: options.key });
const target = {
  client,
  baseUrl: options['base-url'],
  key: options.key,
  model: options.model,
  potluck: options.potluck,
};
const { passed, failed } = await runChecks(options.suite, target);
report(options.report, { client: 'openai (Node)', version: VERSION, suite: options.suite, passed, failed });
process.exitCode = failed || !passed ? 1 : 0;
