"""Messages, whole and streamed, the count of tokens and the model list."""

import asyncio

import anthropic

from check import check, expect

SUITE = "messages"
HELLO = [{"role": "user", "content": "Say hello in one short sentence."}]
ENDS = ("end_turn", "max_tokens", "stop_sequence")


def ask(target, messages=HELLO, **wanted):
    return target.client.messages.create(
        **{"model": target.model, "max_tokens": 24, "messages": messages} | wanted
    )


def expect_message(target, message):
    expect(message.type == "message" and message.role == "assistant", "an assistant", message)
    expect(bool(message.id) and "/" in message.model, "an id, provider/model", message)
    expect(message.stop_reason in ENDS, f"one of {ENDS}", message.stop_reason)
    counts = (message.usage.input_tokens, message.usage.output_tokens)
    expect(all(type(count) is int and count > 0 for count in counts), "usage", message.usage)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


@check(SUITE, "a message")
def whole(target):
    message = ask(target, system="You are brief.")
    expect_message(target, message)
    expect(bool(text_of(message).strip()), "text", message)


@check(SUITE, "system, and content, as blocks with cache_control")
def blocks(target):
    cached = {"type": "ephemeral"}
    system = [{"type": "text", "text": "You are brief.", "cache_control": cached}]
    content = [{"type": "text", "text": "Name a colour.", "cache_control": cached}]
    message = ask(target, [{"role": "user", "content": content}], system=system)
    expect_message(target, message)


@check(SUITE, "several turns")
def turns(target):
    answer = {"role": "assistant", "content": [{"type": "text", "text": "Hello!"}]}
    goodbye = {"role": "user", "content": "And now goodbye."}
    expect_message(target, ask(target, [*HELLO, answer, goodbye]))


@check(SUITE, "max_tokens ends with max_tokens")
def short(target):
    message = ask(target, max_tokens=3)
    expect(message.stop_reason == "max_tokens", "max_tokens", message)
    expect(message.usage.output_tokens <= 3, "at most 3 tokens", message.usage)


@check(SUITE, "stop_sequences end the text before the sequence")
def stopped(target):
    wanted = {"stop_sequences": ["e"], "max_tokens": 60}
    message = ask(target, [{"role": "user", "content": "Repeat: alpha beta gamma"}], **wanted)
    expect("e" not in text_of(message), "the text before the stop", message)


@check(SUITE, "a stream, event by event")
def events(target):
    stream = ask(target, stream=True)
    kinds = [event.type for event in stream if event.type != "ping"]
    expect(kinds[0] == "message_start" and kinds[-1] == "message_stop", "start and stop", kinds)
    expect(kinds[1] == "content_block_start", "a block", kinds)
    expect(kinds[-3:-1] == ["content_block_stop", "message_delta"], "the end in order", kinds)
    expect("content_block_delta" in kinds, "text", kinds)


@check(SUITE, "a stream, the SDK's accumulator")
def accumulated(target):
    wanted = {"model": target.model, "max_tokens": 24, "messages": HELLO}
    with target.client.messages.stream(**wanted) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    expect_message(target, final)
    expect(text.strip() and text_of(final) == text, "the same text", (text, final))


@check(SUITE, "four at once, asynchronously")
def many(target):
    async def all_of_them():
        async with anthropic.AsyncAnthropic(base_url=target.address, api_key=target.key) as client:
            wanted = {"model": target.model, "max_tokens": 12, "messages": HELLO}
            return await asyncio.gather(*(client.messages.create(**wanted) for _ in range(4)))

    for message in asyncio.run(all_of_them()):
        expect_message(target, message)


@check(SUITE, "count_tokens")
def counted(target):
    count = target.client.messages.count_tokens
    short = count(model=target.model, messages=HELLO).input_tokens
    longer = [{"role": "user", "content": "Say hello in one short sentence. " * 20}]
    long = count(model=target.model, messages=longer, system="You are brief.").input_tokens
    expect(0 < short < long, "more for more text", (short, long))


@check(SUITE, "the model list, and one model")
def models(target):
    listed = [model.id for model in target.client.models.list()]
    expect(target.model in listed, f"{target.model} in the list", listed)
    one = target.client.models.retrieve(target.model)
    expect(one.id == target.model and one.type == "model", target.model, one)
    expect(bool(one.display_name) and one.created_at is not None, "Anthropic's fields", one)
