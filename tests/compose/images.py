#!/usr/bin/python3
"""Images under the names that the project's files use, from Debian's packages and Kafka's jars: nothing can be pulled.

images.py --repository   prints where they find Debian's packages: served in the engine's own network"""

import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
GATEWAY, PORT = "172.17.0.1", 8099
REPOSITORY = f"http://{GATEWAY}:{PORT}"
DEBIAN = "debian:bookworm-slim"
SERVERS = "stand-in/servers"


class Packages:
    """The kept packages, for apt in images, as long as this lives."""

    def __init__(self, engine, where):
        self.engine = engine
        self.server = subprocess.Popen(
            engine.inside("/usr/bin/python3", "-m", "http.server", PORT, "--bind", GATEWAY, "--directory", where),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        until = time.monotonic() + 30
        while self.engine.call("curl", "--silent", "--fail", f"{REPOSITORY}/Packages", check=False).returncode:
            assert self.server.poll() is None and time.monotonic() < until, "nobody serves the packages"
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()


def load_base(engine, kept):
    with open(kept / "base.tar.gz", "rb") as tar:
        subprocess.run([engine.docker, "import", "--change", 'CMD ["bash"]', "-", DEBIAN], stdin=tar, env=engine.env,
                       check=True, capture_output=True)


def build(engine, name, context, *options):
    done = subprocess.run([engine.docker, "build", "--tag", name, *options, context], env=engine.env, text=True,
                          capture_output=True, errors="replace", check=False)
    if done.returncode:
        raise AssertionError(f"docker build {name}: {done.stdout[-3000:]}{done.stderr[-3000:]}")


def stand_in(engine, kind, name, work, kept):
    """redis, postgres or kafka, under that name."""
    context = work / kind
    shutil.copytree(HERE / "stand-ins" / kind, context)
    if kind == "kafka":
        shutil.copytree(kept / "kafka", context / "libs")
    build(engine, name, context)


if __name__ == "__main__":
    if sys.argv[1:] == ["--repository"]:
        print(REPOSITORY)
