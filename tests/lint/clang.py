#!/usr/bin/env python3
"""clang.py: Clang finds nothing to warn of where GCC found nothing, in any file of the build in RUSHPROOF_BIN/.."""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

LEFT_OUT = {"-c", "-MD"}
LEFT_OUT_WITH_VALUE = {"-o", "-MT", "-MF"}


def command_for_clang(entry):
    words = shlex.split(entry["command"])
    if os.path.basename(words[0]) == "ccache":
        words = words[1:]
    kept, skip = ["clang", "-fsyntax-only"], False
    for word in words[1:]:
        if not skip and word not in LEFT_OUT | LEFT_OUT_WITH_VALUE:
            kept.append(word)
        skip = not skip and word in LEFT_OUT_WITH_VALUE
    return kept


def look(entry):
    done = subprocess.run(command_for_clang(entry), cwd=entry["directory"], capture_output=True, text=True)
    return entry["file"], done.returncode == 0, done.stderr


def main():
    build = os.path.dirname(os.path.abspath(os.environ["RUSHPROOF_BIN"]))
    with open(os.path.join(build, "compile_commands.json")) as f:
        entries = [entry for entry in json.load(f) if entry["file"].endswith(".c")]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, right, said in pool.map(look, entries):
            if not right or said:
                bad += 1
                print(f"not ok - {os.path.relpath(file)}")
                print("".join(f"#   {line}\n" for line in said.splitlines()[:12]), end="")
    print(f"{len(entries) - bad} passed, {bad} failed")
    return bad > 0 or not entries


if __name__ == "__main__":
    sys.exit(main())
