"""The official Anthropic client for Python."""

import anthropic
import messages  # noqa: F401
import refusals  # noqa: F401
import tool_use  # noqa: F401

# Each registers its suite.
import check


def connect(address, key):
    return anthropic.Anthropic(base_url=address, api_key=key)


if __name__ == "__main__":
    check.main("anthropic (Python)", anthropic.__version__, connect)
