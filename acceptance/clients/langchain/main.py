"""LangChain's ChatOpenAI under LangChain's own standard suite for chat models, run by pytest as it is published."""

import importlib.metadata
import os
import time
from pathlib import Path

import pytest

import check

LOOPS = ("test", "fixture")
SUITE = Path(__file__).parent / "test_standard.py"


class Teller:
    """A pytest plugin that tells each test as a check. An expected failure counts as passed, and says why it is one."""

    def __init__(self):
        self.passed = self.failed = 0

    def pytest_runtest_logreport(self, report):
        if report.when != "call" and not report.failed:
            return
        started = time.monotonic() - report.duration
        name = report.nodeid.rpartition("::")[2]
        if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
            # the suite skips by itself what the class says the model has not
            return
        if hasattr(report, "wasxfail"):
            name += f", expected to fail: {report.wasxfail}"
        check.tell(name, started, f"FAILED:\n{report.longreprtext}" if report.failed else "")
        self.passed += not report.failed
        self.failed += report.failed


def run_standard(_, target):
    os.environ.update(
        ACCEPTANCE_BASE_URL=target.base_url,
        ACCEPTANCE_KEY=target.key,
        ACCEPTANCE_MODEL=target.model,
    )
    teller = Teller()
    # ChatOpenAI keeps one pool of connections for the whole program, so all tests share one event loop.
    loops = [f"--override-ini=asyncio_default_{kind}_loop_scope=session" for kind in LOOPS]
    words = ["-p", "no:cacheprovider", "-p", "no:terminal", "--asyncio-mode=auto", *loops]
    pytest.main([str(SUITE), *words], plugins=[teller])
    return teller.passed, teller.failed


if __name__ == "__main__":
    version = importlib.metadata.version("langchain-openai")
    check.main("langchain-openai", version, lambda *_: None, run_standard)
