"""docker-compose.yml as people use it: a copy of the tree, docker-compose, and what its containers are in."""

import json
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 240


def copy_tree(to):
    """What a clone has: the project writes reports beside its files."""
    known = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True,
                           capture_output=True, check=False).stdout.split("\0")
    if not any(known):
        shutil.copytree(ROOT, to, ignore=lambda at, _: {"build"} if pathlib.Path(at) == ROOT else set())
        return
    for name in filter(None, known):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


class Project:
    def __init__(self, engine, tree):
        self.engine, self.tree, self.settings = engine, tree, {}

    def compose(self, *words, profile=None, check=True, timeout=PATIENCE, input=None):
        options = ["--project-name=rushproof", f"--file={self.tree}/docker-compose.yml"]
        if profile:
            options.append(f"--profile={profile}")
        return self.engine.call("docker-compose", "--ansi=never", *options, *words, check=check, timeout=timeout,
                                input=input, **self.settings)

    def docker(self, *words, **how):
        return self.engine.call(self.engine.docker, *words, **how).stdout

    def lines(self, *words):
        return self.docker(*words).split()

    def container(self, service):
        return self.lines("ps", "--all", "--quiet", f"--filter=label=com.docker.compose.service={service}",
                          "--filter=label=com.docker.compose.oneoff=False")[0]

    def state(self, service):
        return json.loads(self.docker("inspect", "--format={{json .State}}", self.container(service)))

    def await_health(self, wanted, *services):
        until = time.monotonic() + PATIENCE
        while True:
            found = {service: self.state(service).get("Health", {}).get("Status") for service in services}
            if all(status == wanted for status in found.values()):
                return
            assert time.monotonic() < until, f"waited {PATIENCE} s for {wanted}: {found}\n{self.logs(*found)}"
            time.sleep(0.2)

    def logs(self, *services):
        return self.compose("logs", "--tail=20", *services, check=False).stdout

    def build(self):
        self.compose("build", timeout=900)

    def up(self, *options):
        done = self.compose("up", "--detach", *options, timeout=900)
        self.await_health("healthy", "redis", "postgres", "kafka", "topics", "apply", "consumer")
        return done

    def apply(self, user, port=8080):
        """Status of the answer, as curl sees it by the published port."""
        return self.engine.call("curl", "--silent", "--show-error", "--max-time", 20, "--output", "/dev/null",
                                "--write-out", "%{http_code}", "--request", "POST",
                                f"http://127.0.0.1:{port}/apply?userId={user}").stdout

    def kafka_tool(self, name, *words, **how):
        return self.compose("exec", "-T", "kafka", f"/opt/kafka/bin/kafka-{name}.sh", "--bootstrap-server",
                            "localhost:9092", *words, **how).stdout

    def sql(self, text):
        return self.compose("exec", "-T", "postgres", "psql", "--username=coupon", "--dbname=coupon", "--no-align",
                            "--tuples-only", f"--command={text}").stdout.split()

    def redis(self, *words):
        return self.compose("exec", "-T", "redis", "redis-cli", *words).stdout

    def await_rows(self, count):
        until = time.monotonic() + PATIENCE
        while (rows := self.sql("SELECT count(*) FROM coupon")) != [str(count)]:
            assert time.monotonic() < until, f"{count} rows were expected, there are {rows}"
            time.sleep(0.2)

    def volumes(self):
        return self.lines("volume", "ls", "--quiet")
