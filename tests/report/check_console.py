"""The console of a real run: in terminals of 80 and 200 columns (tmux), piped, quiet and as JSON."""

import json
import os
import pathlib
import re
import subprocess
import time

from check_files import complaints

SCENARIO = pathlib.Path(__file__).resolve().parents[2] / "scenarios" / "quick.yaml"


def capture(tmux, escapes=False):
    flags = ["-e"] if escapes else []
    # -J joins what the terminal had to wrap: a line that was too wide shows as such.
    return subprocess.run([*tmux, "capture-pane", "-p", "-J", *flags, "-S", "-", "-t", "run"], capture_output=True, text=True,
                          check=True).stdout


def in_terminal(programs, work, columns, environment=None):
    """Runs the scenario in a terminal so wide. What stood there while it ran, at the end, and with escapes."""
    tmux = ["tmux", "-L", f"rushproof-{os.getpid()}-{columns}", "-f", "/dev/null"]
    # The terminal starts its commands with a shell: an account that may not log in has none of its own.
    env = {**os.environ, "SHELL": "/bin/sh", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **(environment or {})}
    env.pop("COLUMNS", None)
    command = f"{programs}/rushproof run --output {work}/runs {SCENARIO}; echo ended with $?; sleep 60"
    subprocess.run([*tmux, "-u", "new-session", "-d", "-s", "run", "-x", str(columns), "-y", "60", command], env=env,
                   check=True)
    try:
        seen, until = set(), time.monotonic() + 60
        while True:
            text = capture(tmux)
            seen.update(line.rstrip() for line in text.splitlines())
            if "ended with" in text:
                return seen, text, capture(tmux, escapes=True)
            assert time.monotonic() < until, text
            time.sleep(0.03)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def check_terminal(programs, work, columns):
    seen, text, colored = in_terminal(programs, work, columns)
    assert "ended with 0" in text, text
    assert "✔ pass  quick" in text, text
    assert any(re.match(r"  servers +starting", line) for line in seen), "no live line while the servers started"
    assert not re.search(r"servers +starting", text), "the live line was not taken away"
    wide = [line.rstrip() for line in text.splitlines() if len(line.rstrip()) > columns and "/report.html" not in line]
    assert not wide, wide
    lines = re.sub(r"\n {13}(?! )", " ", text)  # what goes on below its text
    assert re.search(r"servers +redis [0-9.]+, postgres [0-9.]+, kafka embedded, ready after", lines), text
    assert not re.search(r"\d\n +(ns|us|ms|s|%)\b", text), "a figure was parted from its unit\n" + text
    assert text.count("check  ") == 1, "the table is there once"
    if columns >= 200:
        assert "…" not in text, "nothing is cut where there is room"
    assert "\x1b[32m" in colored, "a terminal gets colours"


def check_no_color(programs, work):
    _, _, colored = in_terminal(programs, work, 100, {"NO_COLOR": "1"})
    assert "\x1b[32m" not in colored and "\x1b[1m" not in colored


def run(programs, work, *arguments):
    return subprocess.run([programs / "rushproof", "run", "--output", work / "runs", *arguments, SCENARIO], timeout=60,
                          capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})


def check_piped(programs, work):
    done = run(programs, work)
    assert done.returncode == 0, done
    assert "\x1b" not in done.stdout and "\r" not in done.stdout
    before, verdict, _ = done.stdout.partition("✔ pass")
    assert verdict and len(before.splitlines()) <= 7, "few lines before the verdict"


def check_quiet(programs, work):
    done = run(programs, work, "--quiet")
    assert done.stdout.startswith("quick: pass: ") and done.stdout.count("\n") == 1, done.stdout


def check_json(programs, work):
    done = run(programs, work, "--json")
    result = json.loads(done.stdout)
    found = complaints(result)
    assert not found, found
    assert result["scenario"] == "quick" and result["verdict"] == "pass", result["explanation"]


def check_last_words(work):
    """The page has what each process wrote last, and links to the whole of it and to everything beside it."""
    latest = work / "runs" / "latest"
    page = (latest / "report.html").read_text(encoding="utf-8")
    result = json.loads((latest / "result.json").read_text(encoding="utf-8"))
    assert result["processes"] and all(process["log"] for process in result["processes"]), result["processes"]
    words = page.partition('id="logs"')[2].partition("</section>")[0]
    for process in result["processes"]:
        assert f'<a href="logs/{process["name"]}.log">' in words, process["name"]
    for link in re.findall(r'href="([^"#:]+)"', page):
        assert (latest / link).exists(), f"{link} is not there"


def check_latest(programs, work):
    """The link points at the newest run, and rendering again changes nothing."""
    latest = work / "runs" / "latest"
    pages = [latest / name for name in ("report.html", "junit.xml", "summary.md", "metrics.prom")]
    before = [page.read_bytes() for page in pages]
    subprocess.run([programs / "rushproof", "report", latest.resolve()], check=True, stdout=subprocess.DEVNULL)
    after = [page.read_bytes() for page in pages]
    for page, old, new in zip(pages, before, after):
        assert old == new, page.name


def check(tap, programs, work):
    for columns in (60, 80, 200):
        tap.run(f"a terminal of {columns} columns", check_terminal, programs, work, columns)
    tap.run("NO_COLOR", check_no_color, programs, work)
    tap.run("piped: few plain lines", check_piped, programs, work)
    tap.run("--quiet is one line", check_quiet, programs, work)
    tap.run("--json is the result and fits the schema", check_json, programs, work)
    tap.run("last words, and links that lead somewhere", check_last_words, work)
    tap.run("reports rendered again from saved data are the same", check_latest, programs, work)
