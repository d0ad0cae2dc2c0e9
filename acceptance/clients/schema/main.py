"""Everything that potluck said during a run, held against the schemas that OpenAI and Anthropic publish."""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import check
from exchange import exchanges
from published import Document
from unsaid import said

SHOWN = 5
# Under which paths each vendor's clients ask, and the path of the vendor's own document that describes the answer.
PATHS = {
    "openai": {
        ("POST", "/v1/chat/completions"): "/chat/completions",
        ("POST", "/v1/completions"): "/completions",
        ("POST", "/v1/responses"): "/responses",
        ("POST", "/v1/embeddings"): "/embeddings",
        ("GET", "/v1/models"): "/models",
        ("GET", "/v1/models/*"): "/models/{model}",
    },
    "anthropic": {
        ("POST", "/v1/messages"): "/v1/messages",
        ("POST", "/v1/messages/count_tokens"): "/v1/messages/count_tokens",
        ("GET", "/v1/models"): "/v1/models",
        ("GET", "/v1/models/*"): "/v1/models/{model_id}",
    },
}
STREAM = "text/event-stream"
# Where a vendor's document is silent on its streams: OpenAI's completions are streamed in their one shape.
STREAMED = {
    ("openai", "/completions"): "CreateCompletionResponse",
    ("anthropic", "/v1/messages"): "MessageStreamEvent",
}
# Unions whose branch the field `type` decides.
UNIONS = ("ResponseStreamEvent", "MessageStreamEvent")
# The SDKs' documents leave out what the streams' own pages describe.
UNPUBLISHED = {"anthropic": {"ping", "error"}}


class Findings:
    """What was looked at, by kind, and what was wrong with it."""

    def __init__(self, vendor):
        self.vendor, self.document = vendor, Document(vendor)
        self.seen, self.faults = Counter(), defaultdict(list)
        self.beyond = defaultdict(set)

    def look(self, exchange):
        path = described(PATHS[self.vendor], exchange)
        if path is None or exchange.kind not in ("application/json", STREAM):
            return
        if exchange.status >= 400:
            self.judge("errors", "ErrorResponse", parsed(exchange))
        elif exchange.kind == STREAM:
            self.look_at_stream(path, exchange)
        elif exchange.whole:
            name = self.document.answer(exchange.method.lower(), path, exchange.kind)
            self.judge(path, name, said(path, parsed(exchange), streamed=False))

    def look_at_stream(self, path, exchange):
        kind = f"{path}, streamed"
        events, ended = exchange.events()
        name = STREAMED.get((self.vendor, path)) or self.document.answer("post", path, STREAM)
        for event in events:
            self.judge(kind, self.branch(name, event), said(path, event, streamed=True))
        if exchange.whole and path.endswith("completions") and not ended:
            self.faults[kind].append("a whole stream without [DONE]")

    def branch(self, name, event):
        if name not in UNIONS or event.get("type") in UNPUBLISHED.get(self.vendor, ()):
            return name
        return self.document.branches(name).get(event.get("type"), name)

    def judge(self, kind, name, value):
        if name in UNIONS and value.get("type") in UNPUBLISHED.get(self.vendor, ()):
            return
        self.seen[kind] += 1
        self.faults[kind] += self.document.faults(name, value)
        self.beyond[kind] |= set(value) - self.document.known(name)

    def tell(self, missing_is_wrong):
        """One check for each kind; returns how many passed and failed."""
        kinds = list(self.seen)
        if missing_is_wrong:
            wanted = PATHS[self.vendor].values()
            kinds += sorted(set(wanted) - set(kinds))
        results = [self.tell_kind(kind) for kind in kinds]
        return sum(results), len(results) - sum(results)

    def tell_kind(self, kind):
        faults = self.faults[kind]
        trouble = "" if self.seen[kind] else "FAILED: nobody asked"
        if faults:
            worst = Counter(faults).most_common(SHOWN)
            lines = "\n".join(f"    {times} times {fault}" for fault, times in worst)
            trouble = f"FAILED: {len(faults)} faults\n{lines}"
        beyond = f", with more fields: {', '.join(sorted(self.beyond[kind]))}"
        name = f"{kind}: {self.seen[kind]} held{beyond if self.beyond[kind] else ''}"
        return check.tell(name, time.monotonic(), trouble)


def described(paths, exchange):
    """The document's path for this exchange, if it has one."""
    method, path = exchange.method, exchange.path
    if (method, path) not in paths and path.startswith("/v1/models/"):
        path = "/v1/models/*"
    return paths.get((method, path))


def parsed(exchange):
    return json.loads(exchange.body)


def vendor_of(exchange):
    """Whose client asked: the model list is one path for both, and only Anthropic's clients name a version."""
    return "anthropic" if "anthropic-version" in exchange.asked else "openai"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path, required=True, help="the folder of a run's records")
    parser.add_argument("--suite", required=True, help="openai, anthropic, or both with a comma")
    parser.add_argument("--report", help="append a line of JSON with the counts to this file")
    parser.add_argument("--some", action="store_true", help="not every path was asked")
    return parser.parse_args()


def main():
    options = arguments()
    wrong = 0
    for vendor in options.suite.split(","):
        findings = Findings(vendor)
        for exchange in exchanges(options.records):
            if vendor_of(exchange) == vendor:
                findings.look(exchange)
        passed, failed = findings.tell(not options.some)
        version = findings.document.version
        check.report(options.report, "published schemas", version, vendor, passed, failed)
        wrong += failed
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
