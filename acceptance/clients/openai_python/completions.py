"""The older completions: one prompt, several, streamed, and with a suffix."""

from check import check, expect

SUITE = "completions"


def ask(target, prompt, **wanted):
    return target.client.completions.create(
        model=target.model, prompt=prompt, max_tokens=16, **wanted
    )


def expect_completion(answer):
    expect(answer.object == "text_completion" and bool(answer.id), "a completion", answer)
    choice = answer.choices[0]
    expect(bool(choice.text) and choice.finish_reason in ("stop", "length"), "text", choice)
    expect(answer.usage.total_tokens > 0, "usage", answer.usage)


@check(SUITE, "a completion")
def whole(target):
    expect_completion(ask(target, "Once upon a time"))


@check(SUITE, "a stream")
def streamed(target):
    chunks = list(ask(target, "Once upon a time", stream=True))
    text = "".join(chunk.choices[0].text for chunk in chunks if chunk.choices)
    expect(bool(text.strip()), "text", chunks)
    ends = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    expect(ends[-1] in ("stop", "length"), "an end", ends)


@check(SUITE, "a completion with a suffix")
def suffixed(target):
    expect_completion(ask(target, "def add(a, b):\n    ", suffix="\n    return total\n"))
