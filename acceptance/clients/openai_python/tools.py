"""Tool calls: forced, parallel, streamed, and the way back with their results."""

import json

import openai
from pydantic import BaseModel

from check import check, expect
from facts import ask, ask_streamed, expect_completion

SUITE = "tools"
QUESTION = [{"role": "user", "content": "What is the weather, and the time, in Lisbon?"}]


class GetWeather(BaseModel):
    """The weather in a city."""

    city: str
    days: int


class GetTime(BaseModel):
    """The time in a city."""

    city: str


TOOLS = {"get_weather": GetWeather, "get_time": GetTime}
OFFERED = [openai.pydantic_function_tool(kind, name=name) for name, kind in TOOLS.items()]


def forced(name):
    return {"type": "function", "function": {"name": name}}


def expect_calls(message, names):
    """Calls of exactly these tools, each with an id of its own and arguments that fit its schema."""
    calls = message.tool_calls or []
    expect(sorted(call.function.name for call in calls) == sorted(names), f"{names}", calls)
    expect(all(call.type == "function" and call.id for call in calls), "ids and types", calls)
    expect(len({call.id for call in calls}) == len(calls), "different ids", calls)
    for call in calls:
        TOOLS[call.function.name].model_validate_json(call.function.arguments)
    return calls


@check(SUITE, "a forced tool is called")
def forced_tool(target):
    _, completion = ask(target, QUESTION, tools=OFFERED, tool_choice=forced("get_time"))
    expect_calls(completion.choices[0].message, ["get_time"])
    expect(completion.choices[0].finish_reason == "tool_calls", "tool_calls", completion)


@check(SUITE, "parallel tool calls")
def parallel_tools(target):
    _, completion = ask(
        target, QUESTION, tools=OFFERED, tool_choice="required", parallel_tool_calls=True
    )
    expect_calls(completion.choices[0].message, list(TOOLS))
    expect(completion.choices[0].finish_reason == "tool_calls", "tool_calls", completion)


@check(SUITE, "tools that may not be used are not")
def no_tools(target):
    _, completion = ask(target, QUESTION, tools=OFFERED, tool_choice="none")
    message = completion.choices[0].message
    expect(not message.tool_calls and bool(message.content), "text alone", message)


@check(SUITE, "the SDK parses the arguments")
def parsed_tools(target):
    completion = target.client.chat.completions.parse(
        model=target.model, messages=QUESTION, tools=OFFERED, tool_choice=forced("get_weather")
    )
    expect_completion(target, completion)
    call = completion.choices[0].message.tool_calls[0]
    expect(isinstance(call.function.parsed_arguments, GetWeather), "a GetWeather", call)


@check(SUITE, "streamed tool calls, chunk by chunk")
def streamed_tools(target):
    chunks = ask_streamed(target, QUESTION, tools=OFFERED, tool_choice="required")
    calls = gather(chunks)
    expect(sorted(calls) == list(range(len(TOOLS))), "indexes from 0", calls)
    for call in calls.values():
        TOOLS[call["name"]].model_validate_json(call["arguments"])
    ends = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    expect(ends[-1] == "tool_calls", "tool_calls at the end", ends)


def gather(chunks):
    """Name and arguments by index; only the first piece of a call may carry id, type and name."""
    calls = {}
    for chunk in chunks:
        for piece in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            expect(type(piece.index) is int, "an index", piece)
            if piece.index not in calls:
                expect(piece.id and piece.type == "function", "id and type first", piece)
                calls[piece.index] = {"name": piece.function.name, "arguments": ""}
            else:
                expect(not piece.function.name, "the name only once", piece)
            calls[piece.index]["arguments"] += piece.function.arguments or ""
    return calls


@check(SUITE, "streamed tool calls, the SDK's accumulator")
def accumulated_tools(target):
    stream = target.client.chat.completions.stream(
        model=target.model, messages=QUESTION, tools=OFFERED, tool_choice="required"
    )
    with stream as events:
        kinds = {event.type for event in events}
        final = events.get_final_completion()
    expect("tool_calls.function.arguments.done" in kinds, "arguments.done", kinds)
    calls = expect_calls(final.choices[0].message, list(TOOLS))
    parsed = [type(call.function.parsed_arguments) for call in calls]
    expect(parsed == [TOOLS[call.function.name] for call in calls], "parsed arguments", parsed)


@check(SUITE, "the results go back and an answer comes")
def round_trip(target):
    _, first = ask(target, QUESTION, tools=OFFERED, tool_choice="required")
    message = first.choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"answer": "fine"})}
        for call in message.tool_calls
    ]
    turns = [*QUESTION, message.model_dump(exclude_none=True), *results]
    _, last = ask(target, turns, tools=OFFERED)
    expect(bool(last.choices[0].message.content), "text", last)
    expect(last.choices[0].finish_reason == "stop", "stop", last.choices[0].finish_reason)
