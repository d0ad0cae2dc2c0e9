"""Embeddings: one text, several, base64 (which the client asks for by itself) and floats."""

import openai

from check import check, expect, expect_raises

SUITE = "embeddings"


def expect_vectors(answer, count):
    expect(answer.object == "list" and len(answer.data) == count, f"{count} vectors", answer)
    expect([each.index for each in answer.data] == list(range(count)), "in order", answer)
    sizes = {len(each.embedding) for each in answer.data}
    expect(len(sizes) == 1 and sizes.pop() > 8, "vectors of one length", sizes)
    expect(answer.usage.total_tokens > 0, "usage", answer.usage)


@check(SUITE, "one text, base64 on the wire")
def one(target):
    expect_vectors(target.client.embeddings.create(model=target.embedding_model, input="one"), 1)


@check(SUITE, "several texts, floats on the wire")
def several(target):
    create = target.client.embeddings.create
    expect_vectors(
        create(model=target.embedding_model, input=["a", "b", "c"], encoding_format="float"), 3
    )


@check(SUITE, "both encodings hold the same numbers")
def same(target):
    create = target.client.embeddings.create
    floats = (
        create(model=target.embedding_model, input="one", encoding_format="float").data[0].embedding
    )
    packed = create(model=target.embedding_model, input="one").data[0].embedding
    apart = max(abs(a - b) for a, b in zip(floats, packed, strict=True))
    expect(apart < 1e-4, "the same numbers", apart)


@check(SUITE, "an unknown model: NotFoundError")
def unknown(target):
    create = target.client.embeddings.create
    expect_raises(openai.NotFoundError, lambda: create(model="no-such-model", input="one"))
