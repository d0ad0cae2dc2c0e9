"""How refusals look to the client: which exception, and what its body says."""

import anthropic
from messages import ask

from check import check, expect, expect_raises

SUITE = "errors"


def refused(target, kind, word, **wanted):
    """The error that this request ends in, in Anthropic's shape and with this type."""
    error = expect_raises(kind, lambda: ask(target, **wanted))
    expect(error.body["type"] == "error", "an error", error.body)
    expect(error.body["error"]["type"] == word, word, error.body)
    expect(bool(error.body["error"]["message"]), "a message", error.body)
    return error


@check(SUITE, "an unknown model: NotFoundError")
def unknown(target):
    model = f"{target.model}x"
    error = refused(target, anthropic.NotFoundError, "not_found_error", model=model)
    expect(model in str(error), "the name", error)


@check(SUITE, "no messages: BadRequestError")
def none(target):
    refused(target, anthropic.BadRequestError, "invalid_request_error", messages=[])


@check(SUITE, "a wrong type: BadRequestError")
def wrong(target):
    refused(target, anthropic.BadRequestError, "invalid_request_error", messages="hello")


@check(SUITE, "a refusal of a stream is a plain error")
def streamed(target):
    wanted = {"messages": [], "stream": True}
    refused(target, anthropic.BadRequestError, "invalid_request_error", **wanted)


@check(SUITE, "a prompt that fits no model: status 413")
def too_long(target):
    prompt = [{"role": "user", "content": "word " * 60_000}]
    error = expect_raises(anthropic.APIStatusError, lambda: ask(target, prompt))
    expect(error.status_code == 413, "413", error)
    expect(error.body["error"]["type"] == "request_too_large", "request_too_large", error.body)


@check(SUITE, "an unknown path in Anthropic's shape")
def nowhere(target):
    call = lambda: target.client.post("/v1/messages/nowhere", body={}, cast_to=object)
    error = expect_raises(anthropic.NotFoundError, call)
    expect(error.body["error"]["type"] == "not_found_error", "not_found_error", error.body)
