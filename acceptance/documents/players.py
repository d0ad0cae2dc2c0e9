"""How a block of each language is run, as it is written: each raises `Failed` with what was seen."""

import importlib.machinery
import importlib.util
import json
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

ACCEPTANCE = Path(__file__).resolve().parent.parent
SECONDS = 120
READY_SECONDS = 60
# An address where no router is, so that a command opens one of its own.
NOWHERE = "127.0.0.1:7"
# Exit codes of a router whose only provider has no key, or is not there: the file itself was understood.
NOBODY_READY = (1, 3)
# The first name that a block imports decides which client's packages it is run with: wrappers before what they wrap.
PYTHON = {
    "instructor": "instructor",
    "litellm": "litellm",
    "pydantic_ai": "pydantic_ai",
    "langchain_openai": "langchain",
    "anthropic": "anthropic_python",
    "ollama": "ollama_python",
    "openai": "openai_python",
}
NODE = {"@ai-sdk/openai-compatible": "vercel_ai", "openai": "openai_node"}


class Failed(Exception):
    """The block did not do what a page says it does."""


def play(block, stage):
    {
        "sh": shell,
        "python": python,
        "js": node,
        "toml": settings,
        "json": parsed,
    }[block.language](block, stage)


def shell(block, stage):
    if block.mark == "serves":
        for line in filter(None, block.text.splitlines()):
            serve(line, stage)
        return
    alone = ["env", f"POTLUCK_SERVER_BIND={NOWHERE}"] if block.mark == "alone" else []
    ran([*alone, "bash", "-euo", "pipefail", "-c", block.text], stage)


def serve(line, stage):
    """Start a server on a free port and wait until it says where it listens."""
    command = f"exec env {line.split('#')[0].strip()} --bind 127.0.0.1:0"
    process = subprocess.Popen(["bash", "-c", command], **stage.options(stderr=subprocess.STDOUT))
    try:
        for said in process.stdout:
            if re.match(r"listening on http://", said):
                return
        raise Failed(f"`{line}` never said where it listens")
    finally:
        process.terminate()
        process.communicate(timeout=READY_SECONDS)


def python(block, stage):
    client = client_of(PYTHON, block, r"^\s*(?:import|from) {}\b")
    interpreter = client_command(client)[0] if client else "python3"
    ran([interpreter, "-c", block.text], stage)


def node(block, stage):
    client = client_of(NODE, block, r"from ['\"]{}['\"]")
    program = Path(client_command(client)[1]).parent.parent / "block.mjs"
    program.write_text(block.text)
    ran(["node", program], stage)


def client_of(table, block, pattern):
    named = [
        client
        for package, client in table.items()
        if re.search(pattern.format(re.escape(package)), block.text, re.MULTILINE)
    ]
    return named[0] if named else None


def client_command(name):
    """How that client's checks are run, once its packages are there: interpreter, then program."""
    loader = importlib.machinery.SourceFileLoader("client", str(ACCEPTANCE / "client"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("client", loader))
    loader.exec_module(module)
    return module.command_of(name, module.pins_of(name))


def settings(block, stage):
    """A settings file says nothing wrong; a provider file is understood."""
    tomllib.loads(block.text)
    if block.mark == "provider":
        provider(block, stage)
        return
    file = stage.folder / "written.toml"
    file.write_text(block.text)
    (stage.folder / "providers").mkdir(exist_ok=True)
    named = [f"{name}=a-key" for name in re.findall(r'env = "(\w+)"', block.text)]
    said = ran(["env", *named, "potluck", "config", "--config", file], stage)
    if "warning" in said.lower():
        raise Failed(said)


def provider(block, stage):
    """The only file of a router that asks nobody: what is wrong with it is wrong usage."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as name:
        (Path(name) / "example.toml").write_text(block.text)
        alone = ["catalog.builtin=false", "catalog.refresh_minutes=0", "catalog.local=false"]
        command = ["potluck", "models", "--all", "--state", ":memory:", "--bind", NOWHERE]
        command += [word for each in alone for word in ("--set", each)] + ["--providers", name]
        ran(command, stage, also=NOBODY_READY)


def parsed(block, _stage):
    try:
        json.loads(block.text)
    except ValueError as reason:
        raise Failed(str(reason)) from None


def ran(command, stage, also=()):
    """Run it to its end; what it printed. Exit codes of `also` are no failure."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, timeout=SECONDS, check=False, **stage.options())
    except subprocess.TimeoutExpired:
        raise Failed(f"did not end within {SECONDS} s") from None
    if done.returncode not in (0, *also):
        raise Failed(f"ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr
