"""What must hold for every answer, whichever check asked for it."""

from check import expect


def ask(target, messages, **wanted):
    """One plain completion: its response headers and the completion, with the common facts checked."""
    raw = target.client.chat.completions.with_raw_response.create(
        model=target.model, messages=messages, **wanted
    )
    expect(raw.retries_taken == 0, "an answer at the first try", raw.retries_taken)
    completion = raw.parse()
    expect_completion(target, completion)
    if target.potluck:
        expect_headers(raw.headers, completion.model)
    return raw.headers, completion


def ask_streamed(target, messages, **wanted):
    """One streamed completion: its chunks, with the facts of every stream checked."""
    raw = target.client.chat.completions.with_raw_response.create(
        model=target.model, messages=messages, stream=True, **wanted
    )
    expect(raw.retries_taken == 0, "a stream at the first try", raw.retries_taken)
    kind = raw.headers.get("content-type", "")
    expect(kind.startswith("text/event-stream"), "an event stream", kind)
    chunks = list(raw.parse())
    expect_stream(target, chunks)
    if target.potluck:
        expect_headers(raw.headers, chunks[0].model)
        expect("no-" in raw.headers.get("cache-control", ""), "no caching", dict(raw.headers))
    return chunks


def expect_completion(target, completion):
    expect(completion.object == "chat.completion", "object chat.completion", completion.object)
    expect(bool(completion.id), "an id", completion.id)
    expect(completion.created > 1_600_000_000, "a time in seconds", completion.created)
    expect(len(completion.choices) == 1, "one choice", completion.choices)
    expect(completion.choices[0].index == 0, "index 0", completion.choices[0].index)
    expect(completion.choices[0].message.role == "assistant", "an assistant", completion)
    expect_usage(completion.usage)
    expect_model(target, completion.model)
    if target.potluck:
        expect(isinstance(completion.system_fingerprint, str), "a system_fingerprint", completion)


def expect_usage(usage):
    expect(usage is not None, "usage", usage)
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)
    expect(all(type(count) is int and count > 0 for count in counts), "three counts", usage)
    expect(counts[0] + counts[1] == counts[2], "a total that is the sum", usage)


def expect_model(target, model):
    """potluck names the one that served as provider/model, whatever was asked for."""
    if not target.potluck:
        return
    expect(len(model.split("/")) >= 2, "provider/model", model)
    if "/" in target.model:
        expect(model == target.model, target.model, model)


def expect_headers(headers, model):
    offer = headers.get("x-potluck-offer", "")
    expect(offer.startswith(model), f"x-potluck-offer naming {model}", offer)
    attempts = headers.get("x-potluck-attempts", "")
    expect(attempts.isdigit() and int(attempts) >= 1, "x-potluck-attempts", attempts)
    expect(bool(headers.get("x-potluck-request-id")), "x-potluck-request-id", dict(headers))


def expect_stream(target, chunks):
    expect(len(chunks) >= 2, "several chunks", len(chunks))
    # llama.cpp stamps each chunk with its own time; potluck promises one
    for field in ("id", "model", "object", *(["created"] if target.potluck else [])):
        values = {getattr(chunk, field) for chunk in chunks}
        expect(len(values) == 1, f"the same {field} in every chunk", values)
    expect(chunks[0].object == "chat.completion.chunk", "chunks", chunks[0].object)
    expect(chunks[0].choices[0].delta.role == "assistant", "the role first", chunks[0])
    expect_model(target, chunks[0].model)
    ends = [i for i, chunk in enumerate(chunks) if finish_reason(chunk)]
    expect(len(ends) == 1, "one finish reason", ends)
    after = [text_of(chunk) for chunk in chunks[ends[0] + 1 :]]
    expect(not any(after), "no text after the finish", after)


def finish_reason(chunk):
    return chunk.choices[0].finish_reason if chunk.choices else None


def text_of(chunk):
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


def whole_text(chunks):
    return "".join(text_of(chunk) for chunk in chunks)
