#!/usr/bin/python3
"""clones.py [--tokens N] FOLDER…: the same text in two files.

Prints each pair of .c or .h files that share N equal tokens in a row, 60 without it, with the place in the first one;
nothing when there is none. Comments, #include lines and blanks are no tokens; names and literals must be the same.
"""

import argparse
import glob
import os
import re

TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|\w+|\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|&&|\|\||'
                   r'[-+*/%&|^<>=!]=|[^\w\s]')
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|^#include[^\n]*', re.S | re.M)


def tokens_of(path):
    """[(token, line)]"""
    with open(path, encoding="utf-8") as file:
        text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), file.read())
    found, line, at = [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.append((match.group(), line))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("folders", nargs="+")
    settings = parser.parse_args()
    first, pairs = {}, {}
    files = sorted(file for folder in settings.folders for file in glob.glob(f"{folder}/**/*.[ch]", recursive=True))
    for file in files:
        tokens = tokens_of(file)
        words = [word for word, _ in tokens]
        for at in range(len(words) - settings.tokens + 1):
            key = hash(tuple(words[at:at + settings.tokens]))
            other, line = first.setdefault(key, (file, tokens[at][1]))
            if other != file:
                pairs.setdefault((other, file), (line, tokens[at][1]))
    for (one, two), (line, place) in sorted(pairs.items()):
        print(f"{os.path.relpath(one)}:{line} and {os.path.relpath(two)}:{place}")


if __name__ == "__main__":
    main()
