"""The official Ollama client for Python."""

import importlib.metadata

import ollama

import check
from check import expect, expect_raises

CHAT = "chat"
TOOLS = "tools"
EMBED = "embed"
HELLO = [{"role": "user", "content": "Say hello in one short sentence."}]
QUESTION = [{"role": "user", "content": "What is the weather in Lisbon?"}]
FEW = {"num_predict": 24}
SHAPE = {
    "type": "object",
    "properties": {"sky": {"enum": ["sunny", "rainy"]}, "windy": {"type": "boolean"}},
    "required": ["sky", "windy"],
}


def connect(address, key):
    return ollama.Client(host=address, headers={"Authorization": f"Bearer {key}"})


def expect_end(last):
    """The last line of an answer, with its statistics."""
    expect(last.done and last.done_reason in ("stop", "length"), "an end", last)
    expect(last.eval_count > 0 and last.prompt_eval_count > 0, "counts", last)
    expect(last.total_duration > 0, "a duration", last)


@check.check(CHAT, "chat")
def chat(target):
    answer = target.client.chat(target.model, messages=HELLO, options=FEW)
    expect(bool(answer.message.content.strip()), "text", answer)
    expect(answer.message.role == "assistant", "an assistant", answer)
    expect_end(answer)


@check.check(CHAT, "chat, streamed")
def chat_stream(target):
    parts = list(target.client.chat(target.model, messages=HELLO, options=FEW, stream=True))
    expect("".join(part.message.content or "" for part in parts).strip(), "text", parts)
    expect(not any(part.done for part in parts[:-1]), "one end", parts)
    expect_end(parts[-1])


@check.check(CHAT, "chat, the answer in a schema's shape")
def chat_shape(target):
    answer = target.client.chat(target.model, messages=HELLO, format=SHAPE, options={"num_predict": 60})
    expect('"sky"' in answer.message.content, "the schema's fields", answer)


@check.check(CHAT, "generate")
def generate(target):
    answer = target.client.generate(
        target.model, prompt="Name a colour.", system="You are brief.", options=FEW
    )
    expect(bool(answer.response.strip()), "text", answer)
    expect_end(answer)


@check.check(CHAT, "generate, streamed")
def generate_stream(target):
    parts = list(target.client.generate(target.model, prompt="Name a colour.", options=FEW, stream=True))
    expect("".join(part.response for part in parts).strip(), "text", parts)
    expect_end(parts[-1])


@check.check(CHAT, "the model list")
def listed(target):
    models = target.client.list().models
    names = [model.model for model in models]
    expect(any(name.startswith(target.model) for name in names), target.model, names)
    expect(all(model.details is not None for model in models), "details", models[0])


@check.check(CHAT, "what one model can do")
def shown(target):
    answer = target.client.show(target.model)
    expect("completion" in (answer.capabilities or []), "completion", answer)
    expect(answer.details is not None and bool(answer.modelinfo), "details", answer)


@check.check(CHAT, "what is loaded")
def loaded(target):
    expect(isinstance(list(target.client.ps().models), list), "a list")


@check.check(CHAT, "an unknown model is a ResponseError with status 404")
def unknown(target):
    call = lambda: target.client.chat("no-such-model", messages=HELLO)
    error = expect_raises(ollama.ResponseError, call)
    expect(error.status_code == 404 and "no-such-model" in error.error, "404", error)


@check.check(CHAT, "no messages and a wrong type are told apart from success")
def wrong(target):
    call = lambda: target.client._request_raw(
        "POST", "/api/chat", json={"model": target.model, "messages": "hello"}
    )
    error = expect_raises(ollama.ResponseError, call)
    expect(error.status_code == 400, "400", error)


def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
      city: its name
    """
    return f"sunny in {city}"


@check.check(TOOLS, "a function is called, and its result answered")
def tool(target):
    first = target.client.chat(target.model, messages=QUESTION, tools=[get_weather])
    calls = first.message.tool_calls or []
    expect(len(calls) == 1 and calls[0].function.arguments == {"city": "Lisbon"}, "a call", first)
    result = {"role": "tool", "tool_name": "get_weather", "content": get_weather("Lisbon")}
    last = target.client.chat(target.model, messages=[*QUESTION, first.message, result])
    expect("sunny in Lisbon" in last.message.content, "the tool's result", last)


@check.check(TOOLS, "a function is called, streamed")
def tool_stream(target):
    parts = target.client.chat(target.model, messages=QUESTION, tools=[get_weather], stream=True)
    calls = [call for part in parts for call in part.message.tool_calls or []]
    expect([call.function.arguments for call in calls] == [{"city": "Lisbon"}], "a call", calls)


@check.check(TOOLS, "an answer in a schema's shape")
def shape(target):
    answer = target.client.chat(target.model, messages=QUESTION, format=SHAPE)
    expect('"windy"' in answer.message.content, "the schema's fields", answer)


@check.check(EMBED, "embed, one text and several")
def embed(target):
    one = target.client.embed(target.embedding_model, "one")
    expect(len(one.embeddings) == 1 and len(one.embeddings[0]) > 8, "a vector", one)
    three = target.client.embed(target.embedding_model, ["a", "b", "c"])
    expect(len(three.embeddings) == 3, "three vectors", three)


if __name__ == "__main__":
    check.main("ollama (Python)", importlib.metadata.version("ollama"), connect)
