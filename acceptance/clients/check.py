"""Checks against one address: how they are named, run, counted and reported, and the words of every client's command.

It knows nothing of any client; a check is a function of a target that raises when a fact does not hold.
"""

import argparse
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
    # Without a path: http://127.0.0.1:7685
    address: str
    key: str
    model: str
    # Empty where nobody makes vectors.
    embedding_model: str
    # True: potluck's own promises are checked too. False: any server of the same dialect.
    potluck: bool

    @property
    def base_url(self):
        """Where OpenAI's paths begin."""
        return f"{self.address}/v1"


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
        return tell(one.name, started, f"FAILED: {reason}")
    # A check that breaks in any other way has failed too, and must not keep the others from running.
    except Exception:  # noqa: BLE001
        return tell(one.name, started, f"FAILED:\n{traceback.format_exc()}")
    return tell(one.name, started, "")


def tell(name, started, trouble):
    word = "not ok" if trouble else "ok    "
    print(f"  {word} {name} ({time.monotonic() - started:.1f} s) {trouble}".rstrip(), flush=True)
    return not trouble


def report(path, client, version, suite, passed, failed):
    """Append one line of JSON about this run, for the table at the end."""
    row = {"client": client, "version": version, "suite": suite, "passed": passed, "failed": failed}
    if path:
        with Path(path).open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(row) + "\n")
    print(f"  {client} {version}, {suite}: {passed} passed, {failed} failed", flush=True)


def arguments(client):
    parser = argparse.ArgumentParser(description=f"Checks of {client} against one address.")
    parser.add_argument("--base-url", required=True, help="for instance http://127.0.0.1:7685")
    parser.add_argument("--key", default="none")
    parser.add_argument("--model", required=True)
    parser.add_argument("--embedding-model", default="", help="for the suites of vectors")
    parser.add_argument("--suite", required=True, help="one name or several, with commas between")
    parser.add_argument("--potluck", action="store_true", help="check potluck's own promises too")
    parser.add_argument("--report", help="append a line of JSON with the counts to this file")
    return parser.parse_args()


def main(client, version, connect, run_suite=run_checks):
    """Run the suites that the command line names with what `connect(address, key)` returns; ends the program."""
    options = arguments(client)
    address = options.base_url.rstrip("/").removesuffix("/v1")
    made = connect(address, options.key)
    models = (options.model, options.embedding_model)
    target = Target(made, address, options.key, *models, options.potluck)
    wrong = 0
    for suite in options.suite.split(","):
        passed, failed = run_suite(suite, target)
        report(options.report, client, version, suite, passed, failed)
        wrong += failed or not passed
    sys.exit(1 if wrong else 0)
