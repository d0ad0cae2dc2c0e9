"""Every link from one page to another leads somewhere: the file is there, and the heading in it."""

import re

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def broken(page, root):
    """The links of one page that lead nowhere, each with what is missing."""
    for target, anchor in LINK.findall(without_code(page.read_text())):
        file = (page.parent / target).resolve() if target else page
        name = page.relative_to(root)
        if not file.exists():
            yield f"{name}: {target} is not there"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield f"{name}: {target} has no heading #{anchor}"


def anchors(file):
    return {slug(heading) for heading in HEADING.findall(without_code(file.read_text()))}


def without_code(text):
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def slug(heading):
    """The name that a reader's browser knows a heading by."""
    words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
