"""How refusals look to the client: which exception, and what its text and fields say."""

import json
import urllib.error
import urllib.request

import openai

from check import check, expect, expect_raises

SUITE = "errors"
HELLO = [{"role": "user", "content": "Say hello."}]
TOOL = {
    "type": "function",
    "function": {"name": "look", "parameters": {"type": "object", "properties": {}}},
}


def refused(target, kind, **body):
    """The error that this request raises, in OpenAI's shape."""
    request = {"model": target.model, "messages": HELLO, "max_tokens": 8, **body}
    error = expect_raises(kind, lambda: target.client.chat.completions.create(**request))
    if isinstance(error, openai.APIStatusError):
        expect(isinstance(error.body, dict), "an error object", error.body)
        expect(isinstance(error.body.get("message"), str), "a message", error.body)
        expect(isinstance(error.body.get("type"), str), "a type", error.body)
    return error


@check(SUITE, "unknown model: NotFoundError with near names", only_potluck=True)
def unknown_model(target):
    error = refused(target, openai.NotFoundError, model=f"{target.model}x")
    expect(target.model in error.message, f"{target.model} as a near name", error.message)
    expect(error.param == "model", "param model", error.param)


@check(SUITE, "unknown model retrieved: NotFoundError", only_potluck=True)
def unknown_retrieved(target):
    call = target.client.models.retrieve
    expect_raises(openai.NotFoundError, lambda: call(f"{target.model}x"))


@check(SUITE, "no messages: BadRequestError", only_potluck=True)
def no_messages(target):
    error = refused(target, openai.BadRequestError, messages=[])
    expect(error.param == "messages", "param messages", error.param)


@check(SUITE, "a wrong type: BadRequestError")
def wrong_type(target):
    error = refused(target, openai.BadRequestError, messages="hello")
    if target.potluck:
        expect(error.param == "messages", "param messages", error.param)


@check(SUITE, "a temperature that is no number: BadRequestError", only_potluck=True)
def wrong_number(target):
    error = refused(target, openai.BadRequestError, temperature="hot")
    expect(error.param == "temperature", "param temperature", error.param)


@check(SUITE, "a refusal of a stream is a plain error", only_potluck=True)
def refused_stream(target):
    refused(target, openai.BadRequestError, messages=[], stream=True)


@check(SUITE, "tools where no model has them: NotFoundError with the reason", only_potluck=True)
def impossible(target):
    error = refused(target, openai.NotFoundError, tools=[TOOL], tool_choice="required")
    expect("tool" in error.message, "tools as the reason", error.message)


@check(SUITE, "a prompt that fits no model: status 413", only_potluck=True)
def too_long(target):
    prompt = [{"role": "user", "content": "word " * 60_000}]
    error = refused(target, openai.APIStatusError, messages=prompt)
    expect(error.status_code == 413, "413", (error.status_code, error.message))


def post(target, path, body):
    """The status, type and text that bytes of any kind get, past the client."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {target.key}"}
    request = urllib.request.Request(f"{target.base_url}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


@check(SUITE, "broken JSON: 400 with the position", only_potluck=True)
def broken_json(target):
    status, headers, text = post(target, "/chat/completions", b'{"model": "free", "messages": [}')
    expect(status == 400, "400", status)
    expect(headers["content-type"].startswith("application/json"), "JSON", dict(headers))
    error = json.loads(text)["error"]
    expect({"message", "type", "param", "code"} <= set(error), "OpenAI's four fields", error)
    expect("column" in error["message"], "the position", error["message"])


@check(SUITE, "bytes that are no UTF-8: 400", only_potluck=True)
def broken_text(target):
    status, _, text = post(target, "/chat/completions", b'{"model": "\xff\xfe"}')
    expect(status == 400 and "error" in json.loads(text), "400", (status, text))


@check(SUITE, "an unknown path: 404 in the same shape", only_potluck=True)
def unknown_path(target):
    status, _, text = post(target, "/chat/completion", b"{}")
    expect(status == 404 and "message" in json.loads(text)["error"], "404", (status, text))


@check(SUITE, "a stream's bytes end with [DONE]")
def done_marker(target):
    body = {"model": target.model, "messages": HELLO, "max_tokens": 8, "stream": True}
    status, _, text = post(target, "/chat/completions", json.dumps(body).encode())
    expect(status == 200, "200", (status, text))
    lines = [line for line in text.splitlines() if line]
    data = [line for line in lines if not line.startswith(":")]
    expect(all(line.startswith("data: ") for line in data), "data lines only", data[-3:])
    expect(data[-1] == "data: [DONE]", "[DONE] last", data[-1])
