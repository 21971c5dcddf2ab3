#!/usr/bin/env python3
"""Files that include one another in a circle.

A module is a .c and a .h of one name, and it knows the modules whose headers it includes. A circle is allowed only
inside one noun: files of one folder whose names begin with the same word. `inside.h` is what a folder's own files
share, so it is of the noun that the folder is named for.
"""
import os
import re
import sys

INCLUDE = re.compile(r'^#include "([^"]+)\.h"', re.M)


def read_modules(roots):
    """{module: {module that it includes}}, by path without the ending."""
    known = {}
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        known.setdefault(path[:-2], set()).update(INCLUDE.findall(file.read()))
    return {module: {find(known, module, name) for name in names} - {None, module} for module, names in known.items()}


def find(known, module, name):
    """A header is named from its folder's parent, from the root, or beside the file."""
    for place in (os.path.join(os.path.dirname(module), name), os.path.join("harness", name), name):
        if place in known:
            return place
    return None


def find_circles(graph):
    """Strongly connected sets of more than one module (Tarjan)."""
    index, low, stack, circles = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            circle = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(circle) > 1:
                circles.append(sorted(circle))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return circles


def is_one_noun(circle):
    nouns = set()
    for module in circle:
        folder, name = os.path.split(module)
        nouns.add((folder, os.path.basename(folder) if name == "inside" else name.split("_")[0]))
    return len(nouns) == 1


def main():
    sys.setrecursionlimit(10000)
    graph = read_modules(sys.argv[1:] or ["harness", "base", "service"])
    for circle in find_circles(graph):
        if not is_one_noun(circle):
            print("a circle of includes: " + ", ".join(circle))


if __name__ == "__main__":
    main()
