"""mkdocs.yml's navigation has every page of docs, and no other."""

import pathlib
import sys

import yaml

site = yaml.safe_load(pathlib.Path("mkdocs.yml").read_text())


def leaves(node):
    if isinstance(node, str):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from leaves(inner)


named = set(leaves(site["nav"]))
there = {str(path.relative_to("docs")) for path in pathlib.Path("docs").rglob("*.md")}
wrong = [f"mkdocs.yml does not name {page}" for page in sorted(there - named)]
wrong += [f"mkdocs.yml names {page}, which is not there" for page in sorted(named - there)]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
