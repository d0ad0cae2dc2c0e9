"""The fenced blocks of the documents, and how each is to be run.

What stands behind the language says what is special: `skip: REASON` (a reason is needed), `serves` (each line is a server that
says where it listens), `provider` (a provider file rather than settings), `alone` (run where no router is), `more` (goes on where the block before it ended).
Blocks without a language, or of `text`, show what something prints.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^(?P<indent> *)```(?P<words>.*)$")
RUN = ("sh", "python", "js", "toml", "json", "yaml", "promql")
SHOWN = ("", "text")
SPECIAL = ("serves", "provider", "alone", "more")


class WrongBlock(Exception):
    """A block that nobody can run as it is marked; the text says where."""


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, its language, its mark, and what it says."""

    page: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def place(self):
        return f"{self.page}:{self.line}"

    @property
    def skip(self):
        return self.mark.removeprefix("skip:").strip() if self.mark.startswith("skip:") else ""


def read(page, root):
    """The blocks of one page that are to be run, those that go on joined to what they go on from."""
    found = []
    for block in fenced(page.relative_to(root), page.read_text()):
        if block.language in SHOWN:
            continue
        check(block)
        if block.mark == "more":
            before = next(each for each in reversed(found) if each.language == block.language)
            block = Block(
                block.page, block.line, block.language, before.mark, before.text + block.text
            )
        found.append(block)
    return found


def check(block):
    known = block.mark in ("", *SPECIAL) or block.skip
    if block.language not in RUN or not known:
        raise WrongBlock(
            f"{block.place}: {block.language!r} {block.mark!r} is not known; see {__name__}.py"
        )


def fenced(page, text):
    lines, opened = [], None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None and fence:
            language, _, mark = fence["words"].strip().partition(" ")
            opened, lines = (number, language, mark.strip(), len(fence["indent"])), []
        elif opened and line.strip() == "```":
            number, language, mark, _ = opened
            yield Block(page, number, language, mark, "".join(f"{line}\n" for line in lines))
            opened = None
        elif opened:
            lines.append(line[opened[3] :])
    if opened:
        raise WrongBlock(f"{page}:{opened[0]}: this block does not end")
