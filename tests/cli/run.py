"""Drives the table of command lines, and what must hold for every program and subcommand alike."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import interview  # noqa: E402
import runner  # noqa: E402
import tap  # noqa: E402
from table import PROGRAMS  # noqa: E402

ADDRESSES = ("REDIS_URL", "DATABASE_URL", "KAFKA_BROKERS", "PORT")
FILES = {
    "bad": ("bad.yaml", b"name: bad\nlimmit: 10\n"),
    "empty": ("empty.yaml", b""),
    "binary": ("binary.yaml", b"\x00\xff\xfe\x80" * 64),
}


def environment():
    """Ours without what would stand in for options."""
    return {key: value for key, value in os.environ.items()
            if key not in ADDRESSES and not key.startswith(("APPLY_", "CONSUMER_", "RUSHPROOF_OUTPUT"))}


def call(program, arguments, cwd):
    return subprocess.run([runner.BIN / program, *arguments], cwd=cwd, env=environment(), text=True, errors="replace",
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)


def matches(pattern, text):
    if pattern is None:
        return True
    return not text if pattern == "" else re.search(pattern, text) is not None


def row_holds(program, row, names, cwd):
    line, code, out, err = row
    done = call(program, [word.format(**names) if word.startswith(("{", "--output={")) else word
                          for word in shlex.split(line)], cwd)
    codes = [int(one) for one in str(code).split("|")]
    shown = f"exit {done.returncode}\nstdout: {done.stdout[:1500]}\nstderr: {done.stderr[:1500]}"
    assert done.returncode in codes, f"expected exit {code}\n{shown}"
    assert matches(out, done.stdout), f"stdout does not match {out!r}\n{shown}"
    assert matches(err, done.stderr), f"stderr does not match {err!r}\n{shown}"
    if done.returncode in (3, 4):
        # A complaint names the program; usage alone, printed for no arguments, begins with itself.
        assert re.search(rf"^({program}: |rushproof: |Usage: |rushproof-keeper )", done.stderr, re.M), \
            f"the complaint does not say who complains\n{shown}"


def help_is_complete(program, arguments, cwd):
    """--help fits 80 columns, begins with Usage and explains every option that it shows."""
    done = call(program, [*arguments, "--help"], cwd)
    assert done.returncode == 0 and not done.stderr, f"exit {done.returncode}: {done.stderr}"
    assert done.stdout.startswith("Usage: "), done.stdout[:200]
    wide = [line for line in done.stdout.splitlines() if len(line) > 80]
    assert not wide, "wider than 80 columns:\n" + "\n".join(wide)
    lines = done.stdout.splitlines()
    for number, line in enumerate(lines):
        option = re.match(r"^ {2,6}(-\w, )?--[a-z0-9-]+(=\S+)?(.*)$", line)
        if option:
            following = lines[number + 1] if number + 1 < len(lines) else ""
            assert option.group(3).strip() or following.startswith(" " * 20), f"not explained: {line}"


def full_output_is_noticed(program, arguments, cwd):
    """A disk that is full must not look like success."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([runner.BIN / program, *arguments], cwd=cwd, env=environment(), stdout=full,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20, check=False)
    assert done.returncode != 0, "exit 0 although nothing could be written"


def a_reader_that_leaves_is_no_error(program, arguments, cwd):
    """`| head` has seen enough: nothing is said, and nothing hangs."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([runner.BIN / program, *arguments], cwd=cwd, env=environment(), stdout=writer,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=20, check=False)
    os.close(writer)
    assert not done.stderr, done.stderr.decode()


def a_terminal_is_never_overrun(arguments, cwd):
    """In a terminal of 70 columns every line ends before its edge."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
    process = subprocess.Popen([runner.BIN / "rushproof", *arguments], cwd=cwd, stdout=slave, stderr=subprocess.PIPE,
                               env={**environment(), "TERM": "xterm"}, stdin=subprocess.DEVNULL)
    os.close(slave)
    text = b""
    with contextlib.suppress(OSError):  # EIO is the end of a terminal
        while part := os.read(master, 65536):
            text += part
    os.close(master)
    assert process.wait(20) == 0, process.stderr.read()
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text.decode()).splitlines()
    wide = [line for line in lines if len(line) > 70]
    assert lines and not wide, "wider than 70 columns:\n" + "\n".join(wide)


def the_keeper_is_missed(cwd):
    """A program that was copied alone ends with what is missing, not with a crash."""
    lone = pathlib.Path(cwd) / "lone"
    lone.mkdir()
    shutil.copy(runner.BIN / "rushproof", lone)
    done = call(lone / "rushproof", ["run", HERE.parents[1] / "scenarios/redis.yaml"], lone)
    assert done.returncode == 4 and "rushproof-keeper" in done.stderr, f"{done.returncode}: {done.stderr}"


def subcommands(cwd):
    text = call("rushproof", ["--help"], cwd).stdout
    return re.findall(r"^  ([a-z]+) +\S", text.partition("Commands:")[2], re.M)


def the_page_is_the_programs():
    """RUSHPROOF_UPDATE=1 writes it."""
    check = [] if os.environ.get("RUSHPROOF_UPDATE") else ["--check"]
    done = subprocess.run(["/usr/bin/python3", HERE.parents[1] / "docs/reference/make.py", runner.BIN / "rushproof", *check],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def saved_run(bench):
    done = bench.run("--quiet", "quick")
    return done.dir if done.code == 0 else None


def main():
    runner.adopt_orphans()
    test = tap.Tap()
    with tempfile.TemporaryDirectory(prefix="rushproof-cli.") as tmp, runner.Bench("cli") as bench:
        names = {"tmp": tmp, "saved": str(HERE.parent / "saved")}
        for key, (name, content) in FILES.items():
            names[key] = str(pathlib.Path(tmp) / name)
            pathlib.Path(names[key]).write_bytes(content)
        names["run"] = str(saved_run(bench))
        for program, rows in PROGRAMS:
            for row in rows:
                test.run(f"{program} {row[0]}".strip(), row_holds, program, row, names, tmp)
        for command in subcommands(tmp):
            test.run(f"rushproof {command} --help is complete", help_is_complete, "rushproof", [command], tmp)
        for program in ("apply-service", "coupon-consumer", "embedded-broker", "rushproof-proxy"):
            test.run(f"{program} --help is complete", help_is_complete, program, [], tmp)
        for arguments in (["--version"], ["list"], ["schema"], ["run", "--help"]):
            test.run(f"rushproof {' '.join(arguments)} notices a full disk", full_output_is_noticed, "rushproof",
                     arguments, tmp)
            test.run(f"rushproof {' '.join(arguments)} into a closed pipe", a_reader_that_leaves_is_no_error,
                     "rushproof", arguments, tmp)
        test.run("docs/reference/commands.md is what the program says", the_page_is_the_programs)
        interview.check(test, tmp)
        test.run("rushproof without its keeper says so", the_keeper_is_missed, tmp)
        test.run("rushproof list fits a terminal", a_terminal_is_never_overrun, ["list"], tmp)
    test.end()


main()
