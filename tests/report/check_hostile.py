"""Archives of somebody else, names that want out of their directory, and disks without room."""

import json
import os
import pathlib
import resource
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAVED = ROOT / "tests" / "saved"


def rushproof(programs, *arguments, cwd=None, env=None, **more):
    return subprocess.run([programs / "rushproof", *map(str, arguments)], cwd=cwd, text=True, errors="replace",
                          capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})}, **more)


def told(done):
    return f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def saved(work, name):
    """A copy of a run that version 0.1.0 saved."""
    directory = work / name
    shutil.copytree(sorted(path for path in SAVED.iterdir() if "pass" in path.name and path.is_dir())[0], directory)
    return directory


# ---- archives of somebody else ----

NASTY = "</script><script>alert(1)</script>\"'&<b>\x1b[31mred\u202e@everyone see http://evil.example www.evil.example #1"


def check_environment(tap, programs, work):
    directory = saved(work, "theirs")
    text = (directory / "scenario.yaml").read_text()
    (directory / "scenario.yaml").write_text(
        "\n".join("description: \"${HOME} ${DEPLOY_TOKEN} ${OTHER:-default}\"" if line.startswith("description:") else line
                  for line in text.splitlines()) + "\n")
    done = rushproof(programs, "report", directory, env={"DEPLOY_TOKEN": "0urs-secret-77", "HOME": "/home/ours-88"})
    written = "".join(path.read_text(errors="replace") for path in directory.iterdir())
    tap.ok(done.returncode == 0 and "0urs-secret-77" not in written and "/home/ours-88" not in written
           and "${DEPLOY_TOKEN}" in written, "hostile: nothing of our environment gets into their report", told(done))


def check_links(tap, programs, work):
    directory = saved(work, "links")
    target = work / "precious"
    target.write_text("precious\n")
    for name in ("report.html", "report.html.part", "junit.xml", "junit.xml.part", "summary.md.part", "metrics.prom"):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(target)
    done = rushproof(programs, "report", directory)
    tap.ok(done.returncode == 0 and target.read_text() == "precious\n" and not (directory / "report.html").is_symlink(),
           "hostile: no link is followed when reports are written", told(done))
    (directory / "history.csv").unlink()
    os.mkfifo(directory / "history.csv")
    done = rushproof(programs, "verify", directory)
    tap.ok(done.returncode == 3 and "is not a file" in done.stderr, "hostile: nothing waits for a pipe", told(done))


def check_texts(tap, programs, work):
    directory = saved(work, "texts")
    result = json.loads((directory / "result.json").read_text())
    for check in result["checks"]:
        check.update(verdict="fail", message=NASTY, hint=NASTY, expected=NASTY, actual=NASTY)
    result.update(explanation=NASTY, error=NASTY, warning=NASTY, advice=NASTY)
    result["checks"][0]["name"] = "x\"} 1\n" + NASTY
    result["bystander"] = [{"name": "<i>\"x", "transactions": 1, "errors": 0, "p50_ns": 1, "p90_ns": 1, "p99_ns": 1, "max_ns": 1}]
    (directory / "result.json").write_text(json.dumps(result))
    done = rushproof(programs, "report", directory)
    page, summary, junit = ((directory / name).read_text() for name in ("report.html", "summary.md", "junit.xml"))
    tap.ok(done.returncode == 0, "hostile: a run with markup in all its texts is rendered", told(done))
    tap.ok("alert(1)</script>" not in page and "<i>\"x" not in page and "<b>" + "\x1b" not in page,
           "hostile: the page holds their texts as texts")
    tap.ok("\x1b" not in page + summary + junit and "\u202e" not in page + summary + junit,
           "hostile: no escape sequence and no turned line in any report")
    tap.ok("@everyone" not in summary and "http://" not in summary and "www.evil" not in summary and "#1" not in summary,
           "hostile: the summary calls nobody and links nowhere", summary[:600])
    done = rushproof(programs, "compare", directory, directory)
    tap.ok("\x1b[31m" not in done.stdout, "hostile: no escape sequence on the console", told(done))


def check_numbers(tap, programs, work):
    extremes = [-2**63, -2**62, -1, 0, 2**62, 2**63 - 1]
    worst = []
    for extreme in extremes:
        directory = saved(work, f"numbers{extreme}")
        text = (directory / "result.json").read_text()
        result = json.loads(text, parse_int=lambda digits: int(digits) if abs(int(digits)) < 10 else extreme)
        for part, origin in (("whole", json.loads(text)["origin_ns"]), ("origin", extreme)):
            result.update(origin_ns=origin, exit_code=0, schema=json.loads(text)["schema"])
            (directory / "result.json").write_text(json.dumps(result))
            for command in ("verify", "report"):
                done = rushproof(programs, command, directory)
                if done.returncode not in (0, 1, 2, 3) or "runtime error" in done.stderr:
                    worst.append(f"{command} {part} {extreme}: {told(done)}")
    tap.ok(not worst, "hostile: huge and negative numbers are refused or shown", "\n".join(worst)[:3000])


# ---- histories from elsewhere ----

def check_foreign(tap, programs, work):
    directory = work / "foreign"
    directory.mkdir()
    lines = ["user,released_ns,done_ns,outcome,rank", f"{-2**63},0,10,accepted,1", f"{2**63 - 1},1,20,accepted,2",
             "0,2,30,rejected,", "7,3,40,rejected,"]
    (directory / "history.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")
    (directory / "coupons.csv").write_text(f"user\n{-2**63}\n{2**63 - 1}\n")
    (directory / "scenario.yaml").write_text(
        "name: theirs\ndescription: ${HOME}\nlimit: ${LIMIT:-2}\nstack: {redis: none, postgres: none, kafka: none}\n"
        "request: {url: \"http://127.0.0.1/\"}\nresponses: {accepted: {status: 200}, rejected: {status: 410}}\n"
        "load: [{closed: {connections: 1, requests: 4}}]\nexpect: [cap_exact, lost, phantom, fcfs]\n")
    before = set(pathlib.Path("/").iterdir())
    for where in ("history.csv", directory / "history.csv", directory):
        for command in ("verify", "report"):
            done = rushproof(programs, command, where, cwd=directory, env={"LIMIT": "9"})
            tap.ok(done.returncode in (0, 2) and "/home" not in done.stdout, f"foreign: {command} {where}", told(done))
    tap.ok(set(pathlib.Path("/").iterdir()) == before and (directory / "report.html").exists(),
           "foreign: reports are written beside the history, not to /")
    done = rushproof(programs, "verify", "--json", "history.csv", cwd=directory)
    found = json.loads(done.stdout)
    tap.ok(found["load"]["accepted"] == 2 and found["limit"] == 2 and not [check for check in found["checks"]
           if check["verdict"] == "fail"], "foreign: users from -2^63 to 2^63-1, CR LF and a byte order mark", told(done))
    for bad, why in ((f"{2**63},4,50,rejected,", "user"), ("8,4,50,perhaps,", "outcome"), ("8,4,50", "3 fields"),
                     ("8,x,50,rejected,", "released_ns"), ("8,60,50,rejected,", "before released_ns")):
        (directory / "history.csv").write_text("\n".join([*lines, "", bad, ""]))
        done = rushproof(programs, "verify", "history.csv", cwd=directory)
        tap.ok(done.returncode == 3 and "history.csv:7: " in done.stderr and why in done.stderr,
               f"foreign: a bad line is named: {why}", told(done))


# ---- names ----

SMALL = """\
name: {name}
limit: 1
stack: {{redis: none, postgres: none, kafka: none}}
request: {{url: "http://127.0.0.1:9/?u={{{{user}}}}", timeout: 1s}}
responses: {{accepted: {{status: 202}}, rejected: {{status: 410}}}}
load: [{{closed: {{connections: 1, requests: 2}}}}]
drain: {{timeout: 1s}}
expect: [cap_exact]
"""

NAMES = ["latest", "Latest", "LATEST", ".", "..", "../../x", "/etc/x", "a/b/c", "...", "-rf", "a\nb", "\x1b[31mred", "x" * 300,
         "CON", "%2e%2e", "~", "$HOME", "naïve ✓", " ", "a\tb"]


def check_names(tap, programs, work):
    directory = work / "names"
    directory.mkdir()
    for i, name in enumerate(NAMES):
        (directory / "s.yaml").write_text(SMALL.format(name=json.dumps(name)))
        out = directory / f"r{i}"
        done = rushproof(programs, "run", "-q", "-o", out, "s.yaml", cwd=directory)
        if done.returncode == 3 and not out.exists():
            tap.ok("name" in done.stderr and "\x1b" not in done.stderr, f"names: {name[:20]!r} is refused", told(done))
            continue
        runs = [path for path in out.glob("*/*/rushproof.log") if path.parent.parent.name != "latest"]
        good = (out / "latest").is_symlink() and (out / "latest" / "rushproof.log").exists() and len(runs) == 1
        tap.ok(good and "\x1b" not in done.stdout + done.stderr, f"names: {name[:20]!r} stays in its directory", told(done))
    tap.ok(sorted(path.name for path in directory.iterdir())
           == sorted(["s.yaml", *(f"r{i}" for i in range(len(NAMES)) if (directory / f"r{i}").exists())]),
           "names: nothing was written elsewhere")


# ---- no room ----

def limit_files(size):
    def set_limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return set_limit


def check_room(tap, programs, work):
    directory = saved(work, "room")
    for name in ("report.html", "junit.xml"):
        (directory / name).unlink(missing_ok=True)
    done = rushproof(programs, "report", directory, preexec_fn=limit_files(3000))
    tap.ok(done.returncode == 4 and "cannot write" in done.stderr and "File too large" in done.stderr
           and not list(directory.glob("*.part")) and not (directory / "report.html").exists(),
           "room: a file at its limit is told by name, and nothing is left of it", told(done))
    for name, arguments in (("a summary", ["--summary", "/dev/full"]), ("a log's directory", ["-o", "/dev/null/x"])):
        done = rushproof(programs, "run", "-o", work / "out", "--set", "drain.timeout=3s", "redis", *arguments, cwd=work)
        tap.ok(done.returncode == 4 and "✔ pass" not in done.stdout and "/dev/" in done.stderr,
               f"room: {name} that cannot be written ends in 4, and is named", told(done))
    with open("/dev/full", "w") as full:
        done = subprocess.run([programs / "rushproof", "verify", "--json", directory], stdout=full, stderr=subprocess.PIPE,
                              text=True, timeout=60, check=False)
    tap.ok(done.returncode == 4 and "cannot write the output" in done.stderr, "room: --json onto a full disk", done.stderr)
    shell = subprocess.run(["sh", "-c", f"{programs}/rushproof verify --json {directory} >&-"], stderr=subprocess.PIPE,
                           text=True, timeout=60, check=False)
    tap.ok(shell.returncode == 4, "room: --json onto a closed stdout", shell.stderr)
    shell = subprocess.run(["bash", "-c", f"{programs}/rushproof verify --json {directory} | true; exit ${{PIPESTATUS[0]}}"],
                           stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    tap.ok(shell.returncode in (0, 4) and not shell.stderr, "room: --json into a pipe that nobody reads", shell.stderr)


def check_disk(tap, programs, work):
    """A file system of 64 KB, where somebody may mount one."""
    script = (f"mount -t tmpfs -o size=64k none {work}/disk && exec {programs}/rushproof run -o {work}/disk redis")
    (work / "disk").mkdir()
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        print("# no disk of 64 KB: mounting is not allowed here", flush=True)
        return
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=work, capture_output=True, text=True, timeout=120,
                          check=False)
    tap.ok(done.returncode == 4 and "✔ pass" not in done.stdout and "cannot write" in done.stderr
           and "No space left" in done.stderr, "room: a disk that is full while reporting ends in 4", told(done))


def check(tap, programs, work):
    for part in (check_environment, check_links, check_texts, check_numbers, check_foreign, check_names, check_room,
                 check_disk):
        directory = work / f"hostile-{part.__name__}"
        directory.mkdir()
        part(tap, programs, directory)
