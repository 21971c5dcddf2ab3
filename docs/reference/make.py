"""docs/reference/commands.md, made from the programs' own help: make.py PROGRAM [--check]

With --check nothing is written, and the exit code is 1 when it is not up to date. keys.md and checks.md are written by the
unit tests (RUSHPROOF_UPDATE=1), as the tables of scenarios/README.md are."""

import os
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parent / "commands.md"


def said(program, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RUSHPROOF_")}
    return subprocess.run([program, *arguments], env={**environment, "COLUMNS": "80"}, check=True, text=True,
                          capture_output=True).stdout.rstrip()


def made(program):
    text = said(program, "--help")
    page = f"# Commands\n\n```text\n{text}\n```\n"
    for name in re.findall(r"^  ([a-z]+) +\S", text.partition("Commands:")[2], re.M):
        page += f"\n## rushproof {name}\n\n```text\n{said(program, name, '--help')}\n```\n"
    return page


def main():
    page = made(sys.argv[1])
    if "--check" not in sys.argv[2:]:
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        print("docs/reference/commands.md is not what the program says: docs/reference/make.py PROGRAM writes it")
        return 1
    return 0


sys.exit(main())
