"""docs/getting-keys.md: what the built-in provider files say, as a page for people; it is the router's own word, not a second copy."""

import json
import os
import tempfile
import urllib.request
from itertools import groupby
from pathlib import Path

from harness.server import running

HEAD = """# Getting keys

Every provider that potluck ships a file for: where its key is had, under which variable it is looked for, what its free tier gives by
its own published numbers, and what it does with prompts. None of the numbers was measured by us; each file names its sources with their dates. This page is
written by `acceptance/documents/run --write`, out of the provider files.

A key is set in the environment, before the router starts:

```sh skip: a key of your own is needed
export GROQ_API_KEY=…
potluck check groq
```

`potluck init` leads through it. "Trains" is whether prompts may be used to train models; *unclear* counts as yes for whoever asks for no training.
"""
OFF = """\
Trials that can turn into a bill, promises that nobody could confirm, resellers whose right to resell nobody can prove.
`catalog.enable` switches one on."""
GROUPS = (
    (
        "No key needed",
        "Served as they are. A limit is by the address that you come from.",
        lambda p: p["keyless"] and is_used(p),
    ),
    ("With a key", "The most worthwhile first.", lambda p: is_used(p)),
    ("Off until you say so", OFF, lambda p: p["status"] != "local"),
    ("On this machine", "Found by themselves on their usual ports.", lambda _: True),
)


def is_used(provider):
    return provider["status"] != "local" and not (provider["why_not"] or "").startswith("off")


def compare(potluck, root, write):
    """What is stale in the page, or nothing; with `write` it is written anew."""
    page, text = root / "docs" / "getting-keys.md", render(asked(potluck))
    if write:
        page.write_text(text)
    if not page.exists() or page.read_text() != text:
        return [
            f"{page.relative_to(root)} is not what the provider files say: run this with --write"
        ]
    return []


def asked(potluck):
    """What the router says of its providers, without any key or settings."""
    with tempfile.TemporaryDirectory(prefix="potluck-providers-") as name:
        command = ["env", "-i", f"HOME={name}", f"PATH={os.environ['PATH']}"]
        command += [potluck, "serve", "--bind", "127.0.0.1:0", "--state", ":memory:"]
        with (
            running("serve", command, Path(name)) as address,
            urllib.request.urlopen(f"{address}/pool/providers", timeout=30) as answer,
        ):
            return json.load(answer)["providers"]


def render(providers):
    text, left = HEAD, sorted(providers, key=lambda p: (p["rank"] or 999, p["provider"]))
    for title, words, belongs in GROUPS:
        chosen = [each for each in left if belongs(each)]
        left = [each for each in left if not belongs(each)]
        rows = "".join(row(each) for each in chosen)
        head = "| provider | key | free tier | prompts | asks, and more |\n|---|---|---|---|---|\n"
        text += f"\n## {title}\n\n{words}\n\n{head}{rows}"
    return text


def row(provider):
    name = f"[{provider['name']}]({provider['signup']})" if provider["signup"] else provider["name"]
    keys = ", ".join(
        f"`{each}`" for each in (*provider["key_variables"][:1], *provider["account_variables"][:1])
    )
    privacy = provider["privacy"]
    prompts = f"trains: {privacy['trains']}; logs: {privacy['logs']}" + note(privacy["note"])
    more = " ".join(filter(None, (provider["note"], provider["terms"]))) or "-"
    off = provider["why_not"] or ""
    more = f"{off.removeprefix('off: ').capitalize()}. {more}" if off.startswith("off: ") else more
    cells = (
        f"{name}<br>`{provider['provider']}`",
        keys or "none",
        limits(provider["limits"]),
        prompts,
        more,
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def note(text):
    return f"<br>{text}" if text else ""


def limits(found):
    """Each limit in words; of what differs by model alone, the range."""
    words = []
    for key, alike in groupby(sorted(found, key=kind), key=kind):
        amounts = sorted({each["amount"] for each in alike})
        amount = f"{amounts[0]:,}" if len(amounts) == 1 else f"{amounts[0]:,} to {amounts[-1]:,}"
        counts, per, every, resets, scope = key
        window = span(per, every)
        clock = f" (midnight in {resets})" if resets and per == "day" else ""
        what = "" if counts == "concurrent" else f" {counts.replace('_', ' ')}"
        whose = {
            "account_model": ", each model",
            "model": ", each model",
            "ip": ", by address",
        }.get(scope, "")
        words.append(f"{amount}{what}{window}{clock}{whose}")
    return "<br>".join(words) or "not published: learnt from refusals"


def kind(limit):
    return (
        limit["counts"],
        limit["per"] or "",
        limit["every"],
        limit["resets"] or "",
        limit["scope"],
    )


def span(per, every):
    if not per:
        return " at once"
    article = "an" if per == "hour" else "a"
    return f" {article} {per}" if every == 1 else f" in {every} {per}s"
