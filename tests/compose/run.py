"""The project's containers by an engine of its own: docker-compose.yml from `up --build` to `down --volumes`, judged
from inside and from outside, and private servers in confined containers. Each step says how long it took.

run.py [--runs=N]   N runs of each scenario in each confined container (2; 100 for figures)"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import confined  # noqa: E402
import images  # noqa: E402
import lifecycle  # noqa: E402
import tap as taps  # noqa: E402
from engine import Engine, NoEngine, leave  # noqa: E402
from project import Project, copy_tree  # noqa: E402

SKIPPED = 77


class Steps:
    """The tests, one after the other. What is vital to the rest must hold."""

    def __init__(self):
        self.tap = taps.Tap()

    def __call__(self, name, function, *arguments, vital=False):
        if not self.tap.run(name, function, *arguments) and vital:
            self.tap.end()


def make_images(step, engine, project, kept):
    named = project.compose("config").stdout
    names = {kind: next(line.split()[1] for line in named.splitlines() if f"image: {kind}" in line)
             for kind in ("redis:", "postgres:", "apache/kafka:")}
    work = engine.dir / "images"
    step("stand-ins: the servers' packages in one layer", images.build, engine, images.SERVERS,
         HERE / "stand-ins/servers", vital=True)
    for kind, name in names.items():
        kind = kind.rstrip(":").rpartition("/")[2]
        step(f"stand-in: {name}", images.stand_in, engine, kind, name, work, kept, vital=True)


def probe(engine, kept):
    """Loads the first image; what fails here, is this machine's doing."""
    try:
        images.load_base(engine, kept)
        engine.call(engine.docker, "run", "--rm", images.DEBIAN, "true")
        engine.call(engine.docker, "run", "--rm", images.DEBIAN, "apt-get", "-qq", "update")
    except (AssertionError, subprocess.SubprocessError) as error:
        raise NoEngine(f"dockerd starts, but no container by it: {str(error).strip().splitlines()[-1]}") from error


def stages(step, engine, kept, runs):
    tree = engine.dir / "tree"
    copy_tree(tree)
    project = Project(engine, tree)
    with images.Packages(engine, kept / "debs"):
        probe(engine, kept)
        make_images(step, engine, project, kept)
        lifecycle.build(step, project)
        confined.build(step, engine, tree)
    lifecycle.run(step, project)
    confined.run(step, engine, runs)


def traces():
    """What an engine could leave on this machine."""
    links = pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]
    mounts = pathlib.Path("/proc/self/mountinfo").read_text()
    return {line.split(":")[0].strip() for line in links}, {line.split()[4] for line in mounts.splitlines()}


def gone(engine, before):
    assert not engine.dir.exists(), f"{engine.dir} is there"
    assert not engine.cgroups(), f"cgroups: {engine.cgroups()}"
    assert engine.process.poll() is not None, "its namespace lives"
    links, mounts = (now - then for now, then in zip(traces(), before))
    assert not links, f"network links: {links}"
    assert not any("rushproof-engine" in mount for mount in mounts), f"mounts: {mounts}"


def ends_with_its_owner(number):
    """An engine's owner that gets the signal, and what is left when another engine has begun."""
    owner = subprocess.Popen([sys.executable, HERE / "engine.py"], stdout=subprocess.PIPE, text=True)
    line = owner.stdout.readline().split()
    assert len(line) == 2, f"it says {line}"
    pid, at = pathlib.Path(f"/proc/{line[0]}"), pathlib.Path(line[1])
    owner.send_signal(number)
    owner.send_signal(number)
    owner.wait(60)
    until = time.monotonic() + 10
    while pid.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not pid.exists(), f"dockerd, process {line[0]}, lives"
    if number == signal.SIGKILL:
        Engine.sweep(at.parent)
    assert not at.exists(), f"{at} is there"


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise NoEngine(f"{tool} is not installed: .ci/install test")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    kept = pathlib.Path(subprocess.run([HERE / "run-prepare.sh", "--where"], capture_output=True, text=True,
                                       check=True).stdout.strip())
    os.umask(0o022)
    step, before = Steps(), traces()
    try:
        need("docker-compose", "curl", "kcat", "unshare", "nsenter")
        with Engine() as engine:
            print(f"#          dockerd is process {engine.pid}, in {engine.dir}", flush=True)
            stages(step, engine, kept, options.runs)
    except NoEngine as error:
        print(f"skipped: {error}", flush=True)
        raise SystemExit(SKIPPED) from None
    for number in (signal.SIGTERM, signal.SIGKILL):
        step(f"an engine ends with its owner, by {number.name}", ends_with_its_owner, number)
    step("the engine, its networks, images and files are gone", gone, engine, before)
    step.tap.end()


main()
