"""Relative links of Markdown pages: the file is there, and so is the heading that a #fragment names."""

import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def slug(heading):
    """The fragment that a Git host makes of a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return text.replace(" ", "-")


def headings(path):
    return {slug(line.lstrip("#")) for line in FENCE.sub("", path.read_text()).splitlines()
            if line.startswith("#")}


def broken(page):
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists():
            yield f"{page}: {target}: no such file"
        elif fragment and path.suffix == ".md" and fragment not in headings(path):
            yield f"{page}: {target}: no such heading"


found = [line for name in sys.argv[1:] for line in broken(pathlib.Path(name))]
print("\n".join(found))
sys.exit(1 if found else 0)
