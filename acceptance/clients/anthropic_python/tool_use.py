"""Tools: chosen, forced, parallel, streamed, with the results sent back, and run by the SDK's own runner."""

import json

from anthropic import beta_tool
from messages import ask, expect_message, text_of

from check import check, expect

SUITE = "tools"
QUESTION = [{"role": "user", "content": "What is the weather, and the time, in Lisbon?"}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {"name": "get_weather", "description": "The weather in a city.", "input_schema": CITY},
    {"name": "get_time", "description": "The time in a city.", "input_schema": CITY},
]


def uses(message, names):
    """The calls of exactly these tools, each with an id of its own and arguments that name the city."""
    found = [block for block in message.content if block.type == "tool_use"]
    expect(sorted(block.name for block in found) == sorted(names), f"{names}", message)
    expect(len({block.id for block in found}) == len(found), "different ids", found)
    expect(all(block.input == {"city": "Lisbon"} for block in found), "Lisbon", found)
    expect(message.stop_reason == "tool_use", "tool_use", message.stop_reason)
    return found


@check(SUITE, "a forced tool is called")
def forced(target):
    choice = {"type": "tool", "name": "get_time"}
    uses(ask(target, QUESTION, max_tokens=200, tools=TOOLS, tool_choice=choice), ["get_time"])


@check(SUITE, "parallel calls")
def parallel(target):
    message = ask(target, QUESTION, max_tokens=200, tools=TOOLS, tool_choice={"type": "any"})
    uses(message, ["get_weather", "get_time"])


@check(SUITE, "one call where parallel calls are switched off")
def one_at_a_time(target):
    choice = {"type": "any", "disable_parallel_tool_use": True}
    message = ask(target, QUESTION, max_tokens=200, tools=TOOLS, tool_choice=choice)
    expect(sum(block.type == "tool_use" for block in message.content) == 1, "one call", message)


@check(SUITE, "tools that may not be used are not")
def without(target):
    message = ask(target, QUESTION, max_tokens=200, tools=TOOLS, tool_choice={"type": "none"})
    expect(text_of(message) and message.stop_reason == "end_turn", "text alone", message)


@check(SUITE, "calls in a stream, the SDK's accumulator")
def streamed(target):
    wanted = {"model": target.model, "max_tokens": 200, "messages": QUESTION, "tools": TOOLS}
    with target.client.messages.stream(**wanted, tool_choice={"type": "any"}) as stream:
        pieces = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    expect(len(pieces) >= 2, "arguments in pieces", pieces)
    uses(final, ["get_weather", "get_time"])


@check(SUITE, "the results go back and an answer comes")
def round_trip(target):
    first = ask(target, QUESTION, max_tokens=200, tools=TOOLS, tool_choice={"type": "any"})
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": json.dumps({"answer": "fine"})}
        for block in uses(first, ["get_weather", "get_time"])
    ]
    turns = [*QUESTION, {"role": "assistant", "content": first.content}]
    last = ask(target, [*turns, {"role": "user", "content": results}], max_tokens=200, tools=TOOLS)
    expect_message(target, last)
    expect("fine" in text_of(last) and last.stop_reason == "end_turn", "the results in text", last)


@check(SUITE, "the SDK's tool runner, to the last answer")
def runner(target):
    called = []

    @beta_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        called.append(city)
        return f"sunny in {city}"

    run = target.client.beta.messages.tool_runner(
        model=target.model, max_tokens=200, messages=QUESTION, tools=[get_weather]
    )
    last = run.until_done()
    expect(called == ["Lisbon"], "one call for Lisbon", called)
    expect("sunny in Lisbon" in text_of(last), "the tool's result", last)
