"""LiteLLM's client: the same calls by three of its prefixes, so through three of potluck's doors."""

import base64
import importlib.metadata
import os

# Read once, at import: no price list from the network, no telemetry.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import check
import litellm
from check import expect

litellm.telemetry = False
litellm.suppress_debug_info = True
HELLO = [{"role": "user", "content": "Say hello in one short sentence."}]
WEATHER = [{"role": "user", "content": "What is the weather in Lisbon?"}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class Door:
    """How LiteLLM is told to speak one dialect."""

    def __init__(self, suite, prefix, path):
        self.suite, self.prefix, self.path = suite, prefix, path

    def ask(self, target, messages, **wanted):
        return litellm.completion(
            model=f"{self.prefix}/{target.model}",
            api_base=f"{target.address}{self.path}",
            api_key=target.key,
            messages=messages,
            num_retries=0,
            **wanted,
        )


def expect_text(answer):
    choice = answer.choices[0]
    expect(bool((choice.message.content or "").strip()), "text", answer)
    expect(choice.finish_reason in ("stop", "length"), "stop or length", choice.finish_reason)
    expect(answer.usage.completion_tokens > 0, "usage", answer.usage)


def register(door):
    """The checks that hold through each door."""

    @check.check(door.suite, f"{door.prefix}/: completion")
    def whole(target):
        expect_text(door.ask(target, HELLO, max_tokens=24))

    @check.check(door.suite, f"{door.prefix}/: stream")
    def streamed(target):
        chunks = list(door.ask(target, HELLO, max_tokens=24, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        expect(bool(text.strip()), "text", chunks)
        expect(chunks[-1].choices[0].finish_reason in ("stop", "length"), "an end", chunks[-1])

    @check.check(f"{door.suite}-tools", f"{door.prefix}/: a tool call and its result")
    def tool(target):
        first = door.ask(target, WEATHER, tools=[TOOL]).choices[0].message
        expect(len(first.tool_calls or []) == 1, "one call", first)
        call = first.tool_calls[0]
        expect("Lisbon" in call.function.arguments, "Lisbon", call)
        result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
        turns = [*WEATHER, first.model_dump(exclude_none=True), result]
        expect_text(door.ask(target, turns, tools=[TOOL]))

    @check.check(f"{door.suite}-tools", f"{door.prefix}/: a tool call, streamed")
    def streamed_tool(target):
        chunks = list(door.ask(target, WEATHER, tools=[TOOL], stream=True))
        whole = litellm.stream_chunk_builder(chunks, messages=WEATHER)
        calls = whole.choices[0].message.tool_calls or []
        expect(len(calls) == 1 and "Lisbon" in calls[0].function.arguments, "one call", whole)


OPENAI = Door("openai", "openai", "/v1")
for each in (OPENAI, Door("anthropic", "anthropic", ""), Door("ollama", "ollama_chat", "")):
    register(each)


@check.check("openai-tools", "openai/: a JSON schema")
def schema(target):
    wanted = TOOL["function"]["parameters"] | {"additionalProperties": False}
    shape = {
        "type": "json_schema",
        "json_schema": {"name": "place", "schema": wanted, "strict": True},
    }
    answer = OPENAI.ask(target, WEATHER, response_format=shape)
    expect("city" in answer.choices[0].message.content, "a city", answer)


@check.check("openai", "openai/: an unknown model is NotFoundError")
def unknown(target):
    call = lambda: litellm.completion(
        model="openai/no-such-model", api_base=target.base_url, api_key=target.key, messages=HELLO
    )
    check.expect_raises(litellm.NotFoundError, call)


@check.check("embeddings", "openai/: embeddings")
def embeddings(target):
    answer = litellm.embedding(
        model=f"openai/{target.embedding_model}",
        api_base=target.base_url,
        api_key=target.key,
        input=["one", "two"],
    )
    expect(len(answer.data) == 2, "two vectors", answer)
    expect(len(answer.data[0]["embedding"]) > 8, "a vector", answer.data[0])


@check.check("images", "openai/: a picture")
def picture(target):
    answer = litellm.image_generation(
        model="openai/brush",
        prompt="a red fox",
        size="256x256",
        api_base=f"{target.address}/v1",
        api_key=target.key,
    )
    data = base64.b64decode(answer.data[0].b64_json)
    expect(data.startswith(b"\x89PNG"), "a PNG", data[:8])


if __name__ == "__main__":
    check.main("LiteLLM", importlib.metadata.version("litellm"), lambda *_: None)
