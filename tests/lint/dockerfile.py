"""Rules that a Dockerfile here keeps, by hand: those of the usual linters that matter for this one.

dockerfile.py FILE        prints what breaks a rule, exit 1 when something does
dockerfile.py --self-test breaks every rule once and looks whether it is noticed"""

import json
import re
import sys

APT = re.compile(r"apt-get\s+install\b")


def instructions(text):
    """(line, WORD, rest) with continued lines joined and comments dropped."""
    joined, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        if not joined:
            start = number
        joined += line.rstrip("\\") if line.endswith("\\") else line
        if line.endswith("\\"):
            continue
        if joined.strip():
            word, _, rest = joined.strip().partition(" ")
            yield start, word.upper(), rest.strip()
        joined = ""


def stages(rows):
    """The instructions of each build stage, FROM first."""
    found = []
    for row in rows:
        if row[1] == "FROM":
            found.append([])
        if found:
            found[-1].append(row)
    return found


def base_is_pinned(rows, _):
    names = set()
    for line, word, rest in rows:
        if word != "FROM":
            continue
        image = rest.split()[0]
        if image not in names and (":" not in image or image.endswith(":latest")):
            yield line, f"the base image {image} has no fixed tag"
        if " AS " in rest.upper():
            names.add(rest.split()[-1])


def base_is_slim(rows, parts):
    if parts and not parts[-1][0][2].split()[0].startswith("debian:bookworm-slim"):
        yield parts[-1][0][0], "the final stage is not debian:bookworm-slim"


def more_stages(_, parts):
    if len(parts) < 2:
        yield 1, "one stage only: compilers would be in the image"


def last_user_is_not_root(_, parts):
    users = [(line, rest) for line, word, rest in parts[-1] if word == "USER"] if parts else []
    if not users or users[-1][1].split(":")[0] in ("root", "0"):
        yield users[-1][0] if users else 1, "the final stage runs as root"


def workdir_is_absolute(rows, _):
    for line, word, rest in rows:
        if word == "WORKDIR" and not rest.startswith(("/", "$")):
            yield line, f"WORKDIR {rest} is relative"


def apt_is_tidy(rows, _):
    for line, word, rest in rows:
        if word != "RUN" or not APT.search(rest):
            continue
        if "apt-get update" not in rest:
            yield line, "apt-get install without apt-get update in the same RUN"
        if "--no-install-recommends" not in rest:
            yield line, "apt-get install without --no-install-recommends"
        if not re.search(r"(--yes|-y)\b", rest):
            yield line, "apt-get install without --yes"
        if "rm -rf /var/lib/apt/lists" not in rest:
            yield line, "apt's lists stay in the layer"


def shell_is_plain(rows, _):
    for line, word, rest in rows:
        if word == "RUN" and re.search(r"\bsudo\b|\bapt \b|apt-get (dist-)?upgrade|^cd ", rest):
            yield line, "sudo, apt, upgrade or cd in RUN"


def copy_not_add(rows, _):
    for line, word, _rest in rows:
        if word in ("ADD", "MAINTAINER"):
            yield line, f"{word} is not used here"


def command_is_a_list(rows, _):
    for line, word, rest in rows:
        if word not in ("CMD", "ENTRYPOINT"):
            continue
        try:
            good = isinstance(json.loads(rest), list)
        except ValueError:
            good = False
        if not good:
            yield line, f"{word} is not a JSON list: signals would go to a shell"


def no_secrets(rows, _):
    for line, word, rest in rows:
        if word in ("ENV", "ARG") and re.search(r"(?i)(password|secret|token)\w*=", rest):
            yield line, "a secret in ENV or ARG stays in the image"


def lists_before_sources(rows, parts):
    """Packages are installed before the sources are copied, so that an edit does not install them again."""
    for part in parts:
        whole = [line for line, word, rest in part if word == "COPY" and rest.split()[0] == "."]
        for line, word, rest in part:
            if whole and word == "RUN" and APT.search(rest.replace("xargs ", "")) and line > whole[0]:
                yield line, "packages are installed after the sources were copied"


RULES = [base_is_pinned, base_is_slim, more_stages, last_user_is_not_root, workdir_is_absolute, apt_is_tidy,
         shell_is_plain, copy_not_add, command_is_a_list, no_secrets, lists_before_sources]

GOOD = """FROM debian:bookworm-slim AS build
WORKDIR /src
RUN apt-get update && apt-get install --yes --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*
COPY . .
FROM debian:bookworm-slim
COPY --from=build /src/a /usr/bin/a
USER nobody
CMD ["a"]
"""

# What to replace in GOOD, by what, and the rule that must notice.
BROKEN = [
    ("debian:bookworm-slim AS", "debian AS", base_is_pinned),
    ("FROM debian:bookworm-slim\n", "FROM ubuntu:24.04\n", base_is_slim),
    ("FROM debian:bookworm-slim\n", "", more_stages),
    ("USER nobody\n", "", last_user_is_not_root),
    ("USER nobody\n", "USER 0:0\n", last_user_is_not_root),
    ("WORKDIR /src", "WORKDIR src", workdir_is_absolute),
    ("apt-get update && ", "", apt_is_tidy),
    ("--no-install-recommends ", "", apt_is_tidy),
    ("--yes ", "", apt_is_tidy),
    (" && rm -rf /var/lib/apt/lists/*", "", apt_is_tidy),
    ("RUN apt-get", "RUN sudo apt-get", shell_is_plain),
    ("COPY . .", "ADD . .", copy_not_add),
    ('CMD ["a"]', "CMD a", command_is_a_list),
    ("USER nobody\n", "USER nobody\nENV PASSWORD=x\n", no_secrets),
    ("WORKDIR /src\n", "WORKDIR /src\nCOPY . .\n", lists_before_sources),
]


def broken_rules(text):
    rows = list(instructions(text))
    parts = stages(rows)
    return [(line, rule, why) for rule in RULES for line, why in rule(rows, parts)]


def self_test():
    problems = [f"the good file breaks {rule.__name__}" for _, rule, _ in broken_rules(GOOD)]
    for old, new, rule in BROKEN:
        assert old in GOOD, old
        if rule not in [found for _, found, _ in broken_rules(GOOD.replace(old, new, 1))]:
            problems.append(f"{rule.__name__} did not notice {new!r} for {old!r}")
    return problems


def main():
    if sys.argv[1:] == ["--self-test"]:
        problems = self_test()
    else:
        with open(sys.argv[1], encoding="utf-8") as file:
            problems = [f"{sys.argv[1]}:{line}: {why}" for line, _, why in broken_rules(file.read())]
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
