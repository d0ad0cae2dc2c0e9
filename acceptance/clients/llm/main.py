"""`llm`, the command, with its models in extra-openai-models.yaml: prompts, streams, schemas, tools, conversations."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import check
from check import expect

MODELS = """\
- model_id: potluck
  model_name: {model}
  api_base: {base_url}
  supports_tools: true
  supports_schema: true
"""
COMPLETION = """\
- model_id: potluck-completion
  model_name: {model}
  api_base: {base_url}
  completion: true
"""
TOOL = """\
def multiply(first: int, second: int) -> int:
    "Multiply two numbers."
    return first * second
"""


def run(target, *words, given=None):
    """Run the command in a home of its own; returns what it wrote."""
    with tempfile.TemporaryDirectory(prefix="llm-") as home:
        models = (MODELS + COMPLETION).format(model=target.model, base_url=target.base_url)
        (Path(home) / "extra-openai-models.yaml").write_text(models)
        environment = {**os.environ, "LLM_USER_PATH": home, "OPENAI_API_KEY": target.key}
        done = subprocess.run(
            [sys.executable, "-m", "llm", *words],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    expect(done.returncode == 0, "status 0", (done.returncode, done.stderr[-2000:]))
    return done.stdout.strip()


@check.check("chat", "a prompt, streamed")
def prompt(target):
    expect(
        bool(run(target, "prompt", "-m", "potluck", "-o", "max_tokens", "24", "Say hello.")), "text"
    )


@check.check("chat", "a prompt, not streamed, with a system prompt and options")
def whole(target):
    options = [
        "--no-stream",
        "-s",
        "You are brief.",
        "-o",
        "temperature",
        "0",
        "-o",
        "max_tokens",
        "24",
    ]
    expect(bool(run(target, "prompt", "-m", "potluck", *options, "Name a colour.")), "text")


@check.check("chat", "a prompt from standard input")
def piped(target):
    text = run(target, "prompt", "-m", "potluck", "-o", "max_tokens", "16", given="Name a fruit.")
    expect(bool(text), "text")


@check.check("tools", "a schema")
def schema(target):
    text = run(target, "prompt", "-m", "potluck", "--schema", "name, age int", "Invent a dog.")
    dog = json.loads(text)
    expect(isinstance(dog["name"], str) and type(dog["age"]) is int, "a name and an age", dog)


@check.check("tools", "a tool that is called, and an answer after it")
def tool(target):
    ask = "multiply 6, please"
    text = run(target, "prompt", "-m", "potluck", "--functions", TOOL, "--td", ask)
    expect("36" in text, "the tool's result in the answer", text)


@check.check("completions", "a completion")
def completion(target):
    words = ["-m", "potluck-completion", "-o", "max_tokens", "16", "Once upon a time"]
    expect(bool(run(target, "prompt", *words)), "text")


if __name__ == "__main__":
    check.main("llm", importlib.metadata.version("llm"), lambda *_: None)
