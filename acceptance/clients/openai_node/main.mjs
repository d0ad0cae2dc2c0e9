// The official OpenAI client for Node.

import OpenAI from 'openai';
import { VERSION } from 'openai/version';
import { main } from '../check.mjs';
import './chat.mjs';
import './errors.mjs';
import './others.mjs';
import './responses.mjs';
import './tools.mjs';

await main('openai (Node)', VERSION, (baseURL, apiKey) => new OpenAI({ baseURL, apiKey }));
