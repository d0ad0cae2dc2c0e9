// Tools in a loop and structured output, whole and streamed.

import { Output, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from 'ai';
import { z } from 'zod';
import { check, expect } from '../check.mjs';

const prompt = 'What is the weather in Lisbon?';
const schema = z.object({ city: z.string(), days: z.int(), tags: z.array(z.string()) });

/** The tool, and where its calls are written down. */
function weather() {
  const called = [];
  const execute = async ({ city }) => {
    called.push(city);
    return `sunny in ${city}`;
  };
  const inputSchema = z.object({ city: z.string() });
  return { called, tools: { weather: tool({ description: 'The weather.', inputSchema, execute }) } };
}

function expectAnswered(called, text) {
  expect(called.join() === 'Lisbon', 'one call for Lisbon', called);
  expect(text.includes('sunny in Lisbon'), "the tool's result", text);
}

export function registerTools(name) {
  const suite = `${name}-tools`;
  const modelOf = (target) => target.client[name](target.model);

  check(suite, `${name}: generateText with a tool, to the last step`, async (target) => {
    const { called, tools } = weather();
    const { text, steps } = await generateText({
      model: modelOf(target),
      prompt,
      tools,
      stopWhen: stepCountIs(3),
    });
    expectAnswered(called, text);
    expect(steps[0].finishReason === 'tool-calls', 'tool-calls', steps[0].finishReason);
  });

  check(suite, `${name}: streamText with a tool, to the last step`, async (target) => {
    const { called, tools } = weather();
    const result = streamText({ model: modelOf(target), prompt, tools, stopWhen: stepCountIs(3) });
    await result.consumeStream();
    expectAnswered(called, await result.text);
  });

  check(suite, `${name}: a tool that must be called`, async (target) => {
    const { tools } = weather();
    const { toolCalls } = await generateText({ model: modelOf(target), prompt, tools, toolChoice: 'required' });
    expect(toolCalls.length === 1 && toolCalls[0].toolName === 'weather', 'one call', toolCalls);
  });

  check(suite, `${name}: generateObject`, async (target) => {
    const { object } = await generateObject({ model: modelOf(target), prompt, schema });
    schema.parse(object);
  });

  check(suite, `${name}: streamObject`, async (target) => {
    const result = streamObject({ model: modelOf(target), prompt, schema });
    let parts = 0;
    for await (const _ of result.partialObjectStream) parts += 1;
    expect(parts >= 1, 'parts', parts);
    schema.parse(await result.object);
  });

  check(suite, `${name}: generateText with an output schema`, async (target) => {
    const { output } = await generateText({ model: modelOf(target), prompt, output: Output.object({ schema }) });
    schema.parse(output);
  });
}
