"""A handful of checks against one address: how they are named, run, counted and reported.

It knows nothing of any client; a check is a function of a target that raises when a fact does not hold.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Target:
    """The address under test and what is expected of it."""

    client: Any
    base_url: str
    key: str
    model: str
    # True: potluck's own promises are checked too. False: any OpenAI-compatible server.
    potluck: bool


@dataclass(frozen=True)
class Check:
    suite: str
    name: str
    only_potluck: bool
    run: Callable[[Target], None]


CHECKS: list[Check] = []


class NotSo(Exception):
    """A fact that did not hold; the text says what was seen instead."""


def check(suite, name, only_potluck=False):
    """Register the function below as a check of `suite`."""

    def register(function):
        CHECKS.append(Check(suite, name, only_potluck, function))
        return function

    return register


def expect(holds, what, seen=""):
    """State a fact. `seen` is printed when it does not hold."""
    if not holds:
        raise NotSo(f"expected {what}, saw {seen!r}")


def expect_raises(kind, call):
    """The error of type `kind` that `call` raises."""
    try:
        answer = call()
    except kind as error:
        return error
    raise NotSo(f"expected {kind.__name__}, saw an answer: {answer!r}")


def run_checks(suite, target):
    """Run every check of the suite; returns how many passed and how many failed."""
    chosen = [c for c in CHECKS if c.suite == suite and (target.potluck or not c.only_potluck)]
    passed = sum(run_one(one, target) for one in chosen)
    return passed, len(chosen) - passed


def run_one(one, target):
    started = time.monotonic()
    try:
        one.run(target)
    except NotSo as reason:
        return tell(one, started, f"FAILED: {reason}")
    # A check that breaks in any other way has failed too, and must not keep the others from running.
    except Exception:  # noqa: BLE001
        return tell(one, started, f"FAILED:\n{traceback.format_exc()}")
    return tell(one, started, "")


def tell(one, started, trouble):
    word = "not ok" if trouble else "ok    "
    print(
        f"  {word} {one.name} ({time.monotonic() - started:.1f} s) {trouble}".rstrip(), flush=True
    )
    return not trouble


def report(path, client, version, suite, passed, failed):
    """Append one line of JSON about this run, for the table at the end."""
    row = {"client": client, "version": version, "suite": suite, "passed": passed, "failed": failed}
    if path:
        with Path(path).open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(row) + "\n")
    print(f"{client} {version}, {suite}: {passed} passed, {failed} failed", file=sys.stderr)
