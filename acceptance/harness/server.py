"""Servers that are started for the run and stopped at its end, and the programs that cargo builds."""

import contextlib
import json
import os
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = 77
READY_SECONDS = 90


class DidNotStart(Exception):
    """A server did not come up; the text says which, and what it wrote."""


class CannotRun(Exception):
    """A server cannot run on this machine."""


@contextlib.contextmanager
def running(name, command, folder, **environment):
    """A server that prints `listening on ADDRESS`; yields the address, and stops the server at the end."""
    log = folder / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        yield wait_for_address(name, process, log)
    finally:
        stop(process)


def wait_for_address(name, process, log):
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        found = re.search(r"^listening on (\S+)$", log.read_text(errors="replace"), re.MULTILINE)
        if found:
            return found.group(1).rstrip("/").removesuffix("/v1")
        if process.poll() is not None:
            break
        time.sleep(0.05)
    if process.poll() == SKIPPED:
        raise CannotRun(last_line(log.read_text(errors="replace")))
    raise DidNotStart(
        f"{name} printed no `listening on`; it wrote:\n{log.read_text(errors='replace')}"
    )


def last_line(text):
    return text.strip().rpartition("\n")[2]


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cargo_built(*what):
    """Build with cargo and return the program it made."""
    command = ["cargo", "build", "--quiet", "--message-format=json-render-diagnostics", *what]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    programs = [json.loads(line).get("executable") for line in lines.splitlines()]
    return Path(next(program for program in reversed(programs) if program))
