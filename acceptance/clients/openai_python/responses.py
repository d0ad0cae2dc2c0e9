"""Responses: text, the whole event stream, typed answers, tools with their results, and what is not kept."""

import json
from typing import Literal

import openai
from pydantic import BaseModel, ConfigDict

from check import check, expect, expect_raises

SUITE = "responses"
TOOLS_SUITE = "responses-tools"
HELLO = "Say hello in one short sentence."
QUESTION = "What is the weather in Lisbon?"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


class Forecast(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sky: Literal["sunny", "cloudy", "rainy"]
    windy: bool


def ask(target, given, **wanted):
    return target.client.responses.create(
        **{"model": target.model, "input": given, "max_output_tokens": 24} | wanted
    )


def expect_response(response):
    expect(response.object == "response" and bool(response.id), "a response", response)
    expect(response.status in ("completed", "incomplete"), "an end", response.status)
    expect(response.usage.input_tokens > 0, "input tokens", response.usage)
    expect(response.usage.output_tokens > 0, "output tokens", response.usage)


@check(SUITE, "a response")
def whole(target):
    response = ask(target, HELLO, instructions="You are brief.")
    expect_response(response)
    expect(bool(response.output_text.strip()), "text", response)
    expect(response.instructions == "You are brief.", "the instructions", response.instructions)


@check(SUITE, "input as items, several turns")
def items(target):
    turns = [
        {"role": "developer", "content": "You are brief."},
        {"role": "user", "content": [{"type": "input_text", "text": HELLO}]},
    ]
    first = ask(target, turns)
    again = [*turns, *first.output, {"role": "user", "content": "And now goodbye."}]
    expect_response(ask(target, again))


@check(SUITE, "max_output_tokens ends incomplete")
def short(target):
    response = ask(target, "Tell a long story.", max_output_tokens=16)
    expect(response.status == "incomplete", "incomplete", response.status)
    reason = response.incomplete_details.reason
    expect(reason == "max_output_tokens", "max_output_tokens", reason)


@check(SUITE, "the event stream, in order and numbered")
def events(target):
    found = list(ask(target, HELLO, stream=True))
    kinds = [event.type for event in found]
    numbers = [event.sequence_number for event in found]
    expect(numbers == list(range(len(found))), "numbers from 0", numbers)
    expect(kinds[:2] == ["response.created", "response.in_progress"], "the beginning", kinds)
    expect(kinds[-1] in ("response.completed", "response.incomplete"), "the end", kinds[-1])
    middle = [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
    ]
    middle += [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    places = [kinds.index(kind) for kind in middle]
    expect(places == sorted(places), "the parts in order", kinds)
    text = "".join(event.delta for event in found if event.type == "response.output_text.delta")
    expect(text == found[-1].response.output_text, "the same text at the end", text)
    expect_response(found[-1].response)


@check(SUITE, "a stream, the SDK's accumulator")
def accumulated(target):
    with target.client.responses.stream(
        model=target.model, input=HELLO, max_output_tokens=200
    ) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    expect_response(final)
    expect(bool(final.output_text.strip()), "text", final)


@check(SUITE, "a typed answer, parsed")
def typed(target):
    response = target.client.responses.parse(
        model=target.model, input="Invent a forecast.", text_format=Forecast, max_output_tokens=200
    )
    expect(isinstance(response.output_parsed, Forecast), "a Forecast", response)


@check(SUITE, "an unknown model: NotFoundError")
def unknown(target):
    call = lambda: ask(target, HELLO, model="no-such-model")
    error = expect_raises(openai.NotFoundError, call)
    expect(error.param == "model", "param model", error.body)


@check(SUITE, "a previous response that nobody kept is refused")
def previous(target):
    call = lambda: ask(target, HELLO, previous_response_id="resp_unknown")
    error = expect_raises(openai.APIStatusError, call)
    expect(error.status_code in (400, 404), "400 or 404", error)
    expect(error.param == "previous_response_id", "the parameter", error.body)


@check(TOOLS_SUITE, "a call, its result, and an answer")
def tool(target):
    turns = [{"role": "user", "content": QUESTION}]
    first = ask(target, turns, tools=[WEATHER], max_output_tokens=200)
    calls = [item for item in first.output if item.type == "function_call"]
    expect(
        len(calls) == 1 and json.loads(calls[0].arguments) == {"city": "Lisbon"}, "a call", first
    )
    result = {"type": "function_call_output", "call_id": calls[0].call_id, "output": "sunny"}
    last = ask(target, [*turns, *first.output, result], tools=[WEATHER], max_output_tokens=200)
    expect("sunny" in last.output_text, "the tool's result", last)


@check(TOOLS_SUITE, "a call in a stream, parsed by the SDK")
def streamed_tool(target):
    with target.client.responses.stream(
        model=target.model, input=QUESTION, tools=[WEATHER], tool_choice="required"
    ) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    expect("response.function_call_arguments.done" in kinds, "arguments.done", kinds)
    calls = [item for item in final.output if item.type == "function_call"]
    expect(calls and calls[0].parsed_arguments == {"city": "Lisbon"}, "parsed arguments", final)


@check(TOOLS_SUITE, "a typed answer in a stream")
def streamed_typed(target):
    with target.client.responses.stream(
        model=target.model, input="Invent a forecast.", text_format=Forecast
    ) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    expect(isinstance(final.output_parsed, Forecast), "a Forecast", final)
