"""Chat, streams, JSON schemas, limits and the model list: what any capable server must give."""

import asyncio
from typing import Literal

import openai
from pydantic import BaseModel, ConfigDict

from check import check, expect
from facts import ask, ask_streamed, expect_completion, expect_usage, finish_reason, whole_text

SUITE = "chat"
HELLO = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "Say hello in one short sentence."},
]
FORECAST = [{"role": "user", "content": "Invent a weather report for Lisbon."}]


class Forecast(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sky: Literal["sunny", "cloudy", "rainy"]
    windy: bool
    celsius: Literal[10, 15, 20, 25]


@check(SUITE, "models list")
def models_list(target):
    models = list(target.client.models.list())
    ids = [model.id for model in models]
    expect(target.model in ids, f"{target.model} in the list", ids)
    first = models[ids.index(target.model)]
    expect(first.object == "model" and type(first.created) is int, "OpenAI's fields", first)
    expect(isinstance(first.owned_by, str), "owned_by", first)


@check(SUITE, "models retrieve, an id with a slash", only_potluck=True)
def models_retrieve(target):
    model = target.client.models.retrieve(target.model)
    expect(model.id == target.model, target.model, model)
    expect(model.model_extra.get("context_length", 0) > 0, "a context_length", model)
    expect(model.model_extra.get("pricing", {}).get("prompt") == "0", 'a price of "0"', model)


@check(SUITE, "chat")
def plain_chat(target):
    _, completion = ask(target, HELLO, max_tokens=40, temperature=0)
    choice = completion.choices[0]
    expect(bool((choice.message.content or "").strip()), "text", choice)
    expect(choice.finish_reason in ("stop", "length"), "stop or length", choice.finish_reason)


@check(SUITE, "chat, content as parts and unknown fields")
def tolerant_chat(target):
    parts = [{"type": "text", "text": "Name a colour."}]
    extra = {"store": False, "metadata": {"trace": "1"}, "user": "someone", "seed": 7}
    _, completion = ask(target, [{"role": "user", "content": parts}], max_tokens=24, **extra)
    expect(bool(completion.choices[0].message.content), "text", completion)


@check(SUITE, "chat, a conversation of several turns")
def long_chat(target):
    turns = [*HELLO, {"role": "assistant", "content": "Hello!"}]
    turns.append({"role": "user", "content": "And now goodbye."})
    _, completion = ask(target, turns, max_tokens=24)
    expect(bool(completion.choices[0].message.content), "text", completion)


@check(SUITE, "chat, model free", only_potluck=True)
def free_chat(target):
    raw = target.client.chat.completions.with_raw_response.create(
        model="free", messages=HELLO, max_tokens=24
    )
    expect_completion(target, raw.parse())
    expect(raw.parse().model == target.model, target.model, raw.parse().model)


@check(SUITE, "chat under /api/v1", only_potluck=True)
def other_base(target):
    base = target.base_url.replace("/v1", "/api/v1")
    client = openai.OpenAI(base_url=base, api_key=target.key)
    completion = client.chat.completions.create(model=target.model, messages=HELLO, max_tokens=16)
    expect_completion(target, completion)


@check(SUITE, "max_tokens ends with length")
def short_chat(target):
    _, completion = ask(target, FORECAST, max_tokens=3)
    expect(completion.choices[0].finish_reason == "length", "length", completion)
    expect(completion.usage.completion_tokens <= 3, "at most 3 tokens", completion.usage)


@check(SUITE, "max_completion_tokens ends with length")
def newer_short_chat(target):
    _, completion = ask(target, FORECAST, max_completion_tokens=3)
    expect(completion.choices[0].finish_reason == "length", "length", completion)


@check(SUITE, "stop ends before the word")
def stopped_chat(target):
    count = [{"role": "user", "content": "Repeat exactly: alpha beta gamma delta"}]
    _, completion = ask(target, count, max_tokens=60, stop=["a ", "e"], temperature=0)
    choice = completion.choices[0]
    expect(choice.finish_reason == "stop", "stop", choice)
    expect("e" not in choice.message.content, "the text before the stop", choice.message.content)


@check(SUITE, "stream")
def plain_stream(target):
    chunks = ask_streamed(target, HELLO, max_tokens=40)
    expect(bool(whole_text(chunks).strip()), "text", chunks)
    if target.potluck:
        expect(all(chunk.choices for chunk in chunks), "a choice in every chunk", chunks[-1])
        last = next(chunk for chunk in chunks if finish_reason(chunk))
        expect_usage(last.usage)


@check(SUITE, "stream with include_usage")
def counted_stream(target):
    options = {"include_usage": True}
    chunks = ask_streamed(target, HELLO, max_tokens=40, stream_options=options)
    expect(chunks[-1].choices == [], "a last chunk without choices", chunks[-1])
    expect_usage(chunks[-1].usage)
    expect(all(chunk.choices for chunk in chunks[:-1]), "choices in all the others", chunks)


@check(SUITE, "stream closed by the client, then another answer")
def left_stream(target):
    stream = target.client.chat.completions.create(
        model=target.model, messages=FORECAST, max_tokens=400, stream=True
    )
    next(iter(stream))
    stream.close()
    ask(target, HELLO, max_tokens=8)


@check(SUITE, "JSON schema, parsed")
def schema(target):
    completion = target.client.chat.completions.parse(
        model=target.model, messages=FORECAST, response_format=Forecast, max_tokens=200
    )
    expect_completion(target, completion)
    parsed = completion.choices[0].message.parsed
    expect(isinstance(parsed, Forecast), "a Forecast", completion)


@check(SUITE, "JSON schema, streamed and parsed")
def streamed_schema(target):
    stream = target.client.chat.completions.stream(
        model=target.model, messages=FORECAST, response_format=Forecast, max_tokens=200
    )
    with stream as events:
        kinds = {event.type for event in events}
        final = events.get_final_completion()
    expect({"content.delta", "content.done"} <= kinds, "content events", kinds)
    expect(isinstance(final.choices[0].message.parsed, Forecast), "a Forecast", final)


@check(SUITE, "six at once, asynchronously")
def many_at_once(target):
    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=target.base_url, api_key=target.key) as client:
            ask_one = client.chat.completions.create
            asked = [ask_one(model=target.model, messages=HELLO, max_tokens=12) for _ in range(6)]
            return await asyncio.gather(*asked)

    for completion in asyncio.run(all_of_them()):
        expect_completion(target, completion)
