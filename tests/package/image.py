"""The steps of the Dockerfile without Docker: each stage is a new Debian 12 by debootstrap, RUN is a chroot, COPY
obeys .dockerignore as far as this project uses it (everything out, exceptions in). Root only; needs a Debian mirror.

image.py [DIRECTORY]   prints what it does; exit 1 when a step fails or the result does not start"""

import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "lint"))

from dockerfile import instructions, stages  # noqa: E402


def shell(root, *words):
    """A function of clean_root.sh, on a root."""
    call = f'. "{HERE}/clean_root.sh"; "$@"'
    subprocess.run(["bash", "-c", call, "bash", words[0], str(root), *words[1:]], check=True)


def context(target):
    """The build context: what .dockerignore lets in of the files that git knows."""
    lines = [line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()]
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*" and all(rule.startswith("!") for rule in rules[1:]), "not the form that this script knows"
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    for name in filter(None, known):
        if any(name == rule[1:] or name.startswith(rule[1:] + "/") for rule in rules[1:]) and (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def copy(rest, root, workdir, files, made):
    words = rest.split()
    source = files
    if words[0].startswith("--from="):
        source = made[words.pop(0).partition("=")[2]]
    *names, target = words
    target = root / target.lstrip("/") if target.startswith("/") else root / workdir / target
    for name in names:
        for path in [source] if name == "." else sorted(source.glob(name.lstrip("/"))):
            if path.is_dir():
                shutil.copytree(path, target, dirs_exist_ok=True)
            else:
                whole = target / path.name if rest.endswith("/") else target
                whole.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, whole)


def build(part, number, work, files, made):
    """One stage; returns (root, user, workdir, command)."""
    root, workdir, user, command = work / f"stage{number}", "", "root", []
    for _, word, rest in part:
        print(f"# {word} {rest[:100]}", flush=True)
        if word == "FROM":
            shell(root, "clean_root_make")
            made[rest.split()[-1]] = root
        elif word == "WORKDIR":
            workdir = rest.lstrip("/")
            (root / workdir).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(rest, root, workdir, files, made)
        elif word == "RUN":
            shell(root, "clean_root_enter", "sh", "-ec", f"cd /{workdir}; {rest}")
        elif word == "USER":
            user = rest
        elif word == "CMD":
            command = json.loads(rest)
    return root, user, workdir, command


def size(path):
    return int(subprocess.run(["du", "-sm", path], check=True, capture_output=True, text=True).stdout.split()[0])


def main():
    rows = list(instructions((ROOT / "Dockerfile").read_text()))
    with tempfile.TemporaryDirectory(prefix="rushproof-image.", dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        work = pathlib.Path(name)
        work.chmod(0o755)
        files, made = work / "context", {}
        files.mkdir()
        context(files)
        for number, part in enumerate(stages(rows)):
            root, user, workdir, command = build(part, number, work, files, made)
        for words in (command, ["apply-service", "--version"], ["coupon-consumer", "--version"], ["rushproof", "list"]):
            line = f"cd /{workdir}; exec su {user} -s /bin/sh -c {shlex.quote(shlex.join(words))}"
            shell(root, "clean_root_enter", "sh", "-ec", line)
        print(f"# the final stage has {size(root)} MB")


main()
