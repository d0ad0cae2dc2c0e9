"""pydantic-ai: an agent that calls tools and answers in types, whole and streamed."""

import asyncio
import importlib.metadata

from pydantic import BaseModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import check
from check import expect
from pydantic_ai import Agent, NativeOutput, ToolOutput

AGENT = "agent"
CHAT = "chat"


class Trip(BaseModel):
    city: str
    days: int


def connect(address, key):
    return OpenAIProvider(base_url=f"{address}/v1", api_key=key)


def model_of(target):
    return OpenAIChatModel(target.model, provider=target.client)


@check.check(CHAT, "a run in text, with usage")
def text(target):
    result = Agent(model_of(target), model_settings={"max_tokens": 24}).run_sync("Say hello.")
    expect(bool(result.output), "text", result)
    expect(result.usage.output_tokens > 0, "usage", result.usage)


@check.check(CHAT, "a streamed run")
def streamed(target):
    async def pieces():
        agent = Agent(model_of(target), model_settings={"max_tokens": 24})
        async with agent.run_stream("Say hello.") as result:
            return [piece async for piece in result.stream_text(delta=True)]

    expect("".join(asyncio.run(pieces())).strip(), "text")


@check.check(CHAT, "a second turn with the first one's messages")
def history(target):
    agent = Agent(model_of(target), model_settings={"max_tokens": 24})
    first = agent.run_sync("My name is Ada.")
    second = agent.run_sync("Say it again.", message_history=first.all_messages())
    expect(len(second.all_messages()) == 4, "four messages", second.all_messages())


def agent_with_tool(target, called):
    agent = Agent(model_of(target))

    @agent.tool_plain
    def weather(city: str) -> str:
        """The weather in a city."""
        called.append(city)
        return f"sunny in {city}"

    return agent


@check.check(AGENT, "a tool is called and its result answered")
def tool(target):
    called = []
    result = agent_with_tool(target, called).run_sync("What is the weather in Lisbon?")
    expect(called == ["Lisbon"], "one call for Lisbon", called)
    expect("sunny in Lisbon" in result.output, "the tool's result", result.output)


@check.check(AGENT, "a tool is called, streamed")
def streamed_tool(target):
    called = []

    async def whole():
        agent = agent_with_tool(target, called)
        async with agent.run_stream("What is the weather in Lisbon?") as result:
            return await result.get_output()

    expect("sunny" in asyncio.run(whole()), "the tool's result")
    expect(called == ["Lisbon"], "one call for Lisbon", called)


@check.check(AGENT, "structured output by a tool")
def by_tool(target):
    result = Agent(model_of(target), output_type=ToolOutput(Trip)).run_sync("Plan a trip to Porto.")
    expect(isinstance(result.output, Trip), "a Trip", result.output)


@check.check(AGENT, "structured output by JSON schema")
def native(target):
    result = Agent(model_of(target), output_type=NativeOutput(Trip)).run_sync(
        "Plan a trip to Porto."
    )
    expect(isinstance(result.output, Trip), "a Trip", result.output)


@check.check(AGENT, "structured output, streamed")
def streamed_output(target):
    async def trips():
        agent = Agent(model_of(target), output_type=Trip)
        async with agent.run_stream("Plan a trip to Porto.") as result:
            return [trip async for trip in result.stream_output()]

    expect(isinstance(asyncio.run(trips())[-1], Trip), "a Trip")


if __name__ == "__main__":
    check.main("pydantic-ai", importlib.metadata.version("pydantic-ai-slim"), connect)
