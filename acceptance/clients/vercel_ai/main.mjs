// The Vercel AI SDK with the provider for OpenAI-compatible servers and with OpenRouter's own.

import { createRequire } from 'node:module';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { main } from '../check.mjs';
import { registerChat } from './chat.mjs';
import { registerEmbeddings } from './embeddings.mjs';
import { registerTools } from './tools.mjs';

const { version } = createRequire(import.meta.url)('ai/package.json');

const providers = {
  compatible: (baseURL, apiKey) =>
    createOpenAICompatible({ name: 'potluck', baseURL, apiKey, supportsStructuredOutputs: true }),
  openrouter: (baseURL, apiKey) => createOpenRouter({ baseURL: baseURL.replace('/v1', '/api/v1'), apiKey }),
};

function connect(baseURL, apiKey) {
  return Object.fromEntries(Object.entries(providers).map(([name, make]) => [name, make(baseURL, apiKey)]));
}

for (const name of Object.keys(providers)) {
  registerChat(name);
  registerTools(name);
}
registerEmbeddings();
await main('Vercel AI SDK', version, connect);
