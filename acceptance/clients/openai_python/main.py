"""The official OpenAI client for Python."""

import openai

# Each registers its suite.
import chat  # noqa: F401
import check
import completions  # noqa: F401
import embeddings  # noqa: F401
import errors  # noqa: F401
import images  # noqa: F401
import responses  # noqa: F401
import terrain  # noqa: F401
import tools  # noqa: F401


def connect(address, key):
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key)


if __name__ == "__main__":
    check.main("openai (Python)", openai.__version__, connect)
