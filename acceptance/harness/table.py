"""The table of a run, on the terminal and in docs/clients.md."""

import re

from harness.server import ROOT

DOCUMENT = ROOT / "docs" / "clients.md"
COUNTS = ("passed", "failed", "skipped")
# What stands between these two lines is written by the run.
TABLE = re.compile(r"(<!-- begin: acceptance/run --write -->\n).*?(<!-- end -->)", re.DOTALL)


def show(rows):
    """Print one line for each client and the totals; returns the totals."""
    merged = merge(rows)
    cells = [("client", "version", "exercised", *COUNTS)]
    cells += [
        (*(row[name] for name in cells[0][:3]), *(str(row[c]) for c in COUNTS)) for row in merged
    ]
    widths = [max(len(line[at]) for line in cells) for at in range(len(cells[0]))]
    print()
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())
    totals = {name: sum(row[name] for row in merged) for name in COUNTS}
    tail = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    print(f"\n{totals['passed']} passed, {totals['failed']} failed{tail}", flush=True)
    return totals


def merge(rows):
    """One row for each client, what it exercised with the number of checks behind each word."""
    clients = {}
    for row in rows:
        into = clients.setdefault(row["client"], {"client": row["client"], "suites": {}})
        into["version"] = row["version"] or into.get("version", "")
        into["suites"][row["suite"]] = row
    return [merged(each) for each in clients.values()]


def merged(client):
    suites = client["suites"].values()
    counts = {name: sum(suite.get(name, 0) for suite in suites) for name in COUNTS}
    words = [f"{suite['suite']} {suite['passed']}" for suite in suites]
    return {**client, **counts, "exercised": ", ".join(words)}


def markdown(rows):
    lines = ["| client | version | exercised (checks) | passed |", "|---|---|---|---|"]
    for row in sorted(merge(rows), key=lambda row: row["client"].lower()):
        lines.append(
            f"| {row['client']} | {row['version']} | {row['exercised']} | {row['passed']} |"
        )
    return "\n".join(lines) + "\n"


def check(rows, write):
    """Whether the document says something else than this run; with `write` it is made to say the same."""
    if any(row["failed"] or row.get("skipped") for row in rows):
        print(f"{DOCUMENT.name}: not compared, because not every check ran and passed")
        return False
    text = DOCUMENT.read_text(encoding="utf-8")
    wanted = TABLE.sub(lambda found: found[1] + markdown(rows) + found[2], text)
    if wanted == text:
        return False
    if write:
        DOCUMENT.write_text(wanted, encoding="utf-8")
        print(f"{DOCUMENT.name}: written")
        return False
    print(
        f"FAILED: docs/{DOCUMENT.name} does not say what this run showed; run acceptance/run --write"
    )
    return True
