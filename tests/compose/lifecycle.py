"""From `up --build` to `down --volumes` and up again."""

import json
import os
import re
import subprocess
import time

SCENARIO = "external/compose"
JUDGE = ["run", "--rm", "-T", "rushproof"]
COMMAND = ["rushproof", "run", "--allow-host=apply", "--allow-reset", SCENARIO]
PASSWORD = "p@ss/w:rd%40#1"
PORTS = {"REDIS_PORT": "16379", "POSTGRES_PORT": "15432", "KAFKA_PORT": "19092", "APPLY_PORT": "18080"}
READER = 12345


def judged(done):
    """The run's words, when it passed."""
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def busy(done):
    """A burst that this machine was too busy to fire proves nothing, and is said to."""
    return done.returncode in (2, 4) and re.search(r"too busy|not a burst", done.stdout + done.stderr)


def judge(once):
    """once(options): a run. The last try does not ask how tight the burst was, beside six containers on two cores."""
    for options in ([], [], ["--set=load.0.burst.require.spread=30s", "--set=load.0.burst.require.in_flight=-1"]):
        done = once(options)
        if not busy(done):
            break
        print("# again: the machine was too busy for a burst", flush=True)
    return judged(done)


class Lifecycle:
    def __init__(self, project):
        self.project = project
        self.reports = project.tree / "reports"

    # -- judges --

    def inside(self):
        """As the file's first lines say, by whoever is READER there."""
        return judge(lambda options: self.project.compose(*JUDGE, *(options and [*COMMAND, *options]), profile="judge",
                                                          check=False))

    def from_here(self, *options, **env):
        """rushproof on this machine, at the published ports."""
        judge(lambda more: self.start_here(*options, *more, **env).end())

    def start_here(self, *options, scenario=SCENARIO, **env):
        program = f"{os.environ['RUSHPROOF_BIN']}/rushproof"
        command = self.project.engine.inside(program, "run", "--no-color", f"--output={self.project.engine.dir}/out",
                                             *options, scenario)
        environment = {**os.environ, "RUSHPROOF_SCENARIOS": str(self.project.tree / "scenarios"), **env}
        return Running(subprocess.Popen(command, env=environment, text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    # -- steps --

    def up(self):
        self.project.settings = {"RUSHPROOF_UID": str(READER), "RUSHPROOF_GID": str(READER)}
        os.chown(self.reports, READER, READER)
        self.project.up("--build")

    def serves(self):
        got = self.project.apply(1)
        assert got == "202", f"the answer is {got}"
        self.project.await_rows(1)
        printed = self.project.logs("apply")
        assert "http://0.0.0.0:8080" in printed, printed

    def health_needs_no_jvm(self):
        checks = self.project.docker("inspect", "--format={{json .Config.Healthcheck}}",
                                     self.project.container("kafka"))
        assert ".sh" not in checks and "java" not in checks, checks
        log = self.project.state("kafka")["Health"]["Log"]
        assert log and all(entry["ExitCode"] == 0 for entry in log[-1:]), log

    def tools(self):
        project = self.project
        project.kafka_tool("console-producer", "--topic", "testTopic", input="hello\nto you\n")
        read = project.kafka_tool("console-consumer", "--topic", "testTopic", "--from-beginning", "--max-messages", "2",
                                  "--timeout-ms", "60000")
        assert sorted(read.split("\n")[:2]) == ["hello", "to you"], read
        users = project.kafka_tool("console-consumer", "--topic", "coupon_create", "--from-beginning", "--max-messages",
                                   "1", "--timeout-ms", "60000", "--value-deserializer",
                                   "org.apache.kafka.common.serialization.LongDeserializer")
        assert users.split() == ["1"], users

    def judged_inside(self):
        """After one request by hand, and again after itself: its first round empties what it finds."""
        started = self.project.state("topics")["StartedAt"]
        for _ in range(2):
            self.inside()
        result = json.loads((self.reports / "latest/result.json").read_text())
        assert result["verdict"] == "pass" and result["rows"]["final"] == 100, result
        owner = (self.reports / "latest/result.json").stat().st_uid
        assert owner == READER, f"the report belongs to {owner}"
        assert self.project.state("topics")["StartedAt"] == started, "the topics were made anew for the judge"

    def judged_from_agents(self):
        """One rush from four containers, as docs/many-machines.md types it; all of them end."""
        self.agents()
        result = json.loads((self.reports / "latest/result.json").read_text())
        assert result["verdict"] == "pass" and result["rows"]["final"] == 100, result
        assert [agent["requests"] for agent in result["agents"]] == [250] * 4, result["agents"]
        names = {agent["name"] for agent in result["agents"]}
        assert len(names) == 4, f"of how many containers: {names}"
        self.project.compose("rm", "--stop", "--force", "agent", "agents-redis", profile="agents")

    def agents(self):
        def once(options):
            self.project.compose("up", "--detach", "--scale", "agent=4", "agent", profile="agents")
            done = self.project.compose(*JUDGE, *COMMAND[:-1], "--agents=4", *options, SCENARIO, profile="judge", check=False)
            codes = [self.project.engine.call(self.project.engine.docker, "wait", name).stdout.strip()
                     for name in self.project.lines("ps", "--all", "--quiet", "--filter=label=com.docker.compose.service=agent")]
            assert len(codes) == 4 and (done.returncode or codes == ["0"] * 4), codes
            return done
        return judge(once)

    def judged_from_here(self):
        for _ in range(2):
            self.from_here()

    def consumer_restarts(self):
        """While users are being decided: nobody is lost by it."""
        waves = "load=[{waves: {waves: 60, size: 4, every: 200ms}}]"
        run = self.start_here(f"--set={waves}")
        until = time.monotonic() + 60
        # Those before it have left 1000 there, until it empties the stores.
        while int(self.project.redis("get", "coupon_count") or 0) not in range(8, 240):
            assert run.process.poll() is None and time.monotonic() < until, "the run was not seen at work"
        begun = self.project.state("consumer")["StartedAt"]
        assert run.process.poll() is None, "the run was over before the consumer was asked to restart"
        self.project.compose("restart", "consumer")
        said = judged(run.end())
        assert self.project.state("consumer")["StartedAt"] != begun, said

    def member_from_elsewhere(self):
        """It takes partitions from the consumer: the run that finds it says so."""
        project = self.project
        member = subprocess.Popen(
            project.engine.inside("kcat", "-b", "localhost:9092", "-X", "client.id=visitor", "-G", "group_1",
                                  "coupon_create"),
            env=project.engine.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while "visitor" not in project.kafka_tool("consumer-groups", "--describe", "--group", "group_1",
                                                      "--members", check=False):
                assert time.monotonic() < until, "the visitor is not in the group"
            done = self.start_here("--set=drain.timeout=2s").end()
        finally:
            member.terminate()
            member.wait()
        assert "visitor at" in done.stdout + done.stderr, done.stdout[-3000:] + done.stderr[-3000:]

    def consumer_from_elsewhere(self):
        """A run that starts a consumer of its own in a group that has one."""
        done = self.start_here("--set=drain.timeout=2s", "--set=stack.kafka=127.0.0.1:9092", scenario="kafka").end()
        said = done.stdout + done.stderr
        assert "not started by this run: coupon-consumer at" in " ".join(said.split()), said[-5000:]

    def kafka_restarts(self):
        project = self.project
        begin = time.monotonic()
        project.compose("stop", "kafka")
        code = project.state("kafka")["ExitCode"]
        assert code != 137, f"Kafka was killed after {time.monotonic() - begin:.1f} s"
        project.await_health("unhealthy", "consumer")
        project.compose("start", "kafka")
        project.await_health("healthy", "kafka", "consumer")
        rows = int(project.sql("SELECT count(*) FROM coupon")[0])
        project.redis("del", "coupon_count")
        got = project.apply(7)
        assert got == "202", got
        project.await_rows(rows + 1)

    def down_keeps(self):
        """Containers and networks go; what the volumes hold is there again, and no volume without a name is left."""
        project = self.project
        rows = project.sql("SELECT count(*) FROM coupon")
        begin = time.monotonic()
        project.compose("down")
        print(f"#          down took {time.monotonic() - begin:.1f} s", flush=True)
        assert not project.lines("ps", "--all", "--quiet"), project.docker("ps", "--all")
        assert "rushproof_default" not in project.docker("network", "ls"), project.docker("network", "ls")
        assert len(project.volumes()) == 3, project.volumes()
        project.up()
        assert project.sql("SELECT count(*) FROM coupon") == rows

    def down_forgets(self):
        project = self.project
        project.compose("down", "--volumes")
        assert not project.volumes(), project.volumes()

    def up_otherwise(self):
        """Other ports, another limit, and a password with all that a URL has a use for."""
        project = self.project
        project.settings |= {**PORTS, "POSTGRES_PASSWORD": PASSWORD, "COUPON_LIMIT": "50"}
        project.up()
        assert project.sql("SELECT count(*) FROM coupon") == ["0"]
        self.inside()
        self.from_here(REDIS_URL=f"redis://127.0.0.1:{PORTS['REDIS_PORT']}",
                       DATABASE_URL=f"postgresql://coupon@127.0.0.1:{PORTS['POSTGRES_PORT']}/coupon",
                       PGPASSWORD=PASSWORD, KAFKA_BROKERS=f"127.0.0.1:{PORTS['KAFKA_PORT']}", APPLY_LIMIT="50",
                       APPLY_URL=f"http://127.0.0.1:{PORTS['APPLY_PORT']}")
        assert project.sql("SELECT count(*) FROM coupon") == ["50"]
        told = subprocess.run(["grep", "-rlF", PASSWORD, self.reports, project.engine.dir / "out"], capture_output=True,
                              text=True, check=False).stdout
        assert not told, f"the password is in {told}"
        self.down_forgets()


class Running:
    def __init__(self, process):
        self.process = process

    def end(self):
        out, err = self.process.communicate(timeout=180)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)


def build(step, project):
    step("the Dockerfile's image", project.build, vital=True)


def run(step, project):
    life = Lifecycle(project)
    step("up --build: all are healthy", life.up, vital=True)
    step("curl gets a coupon, and the consumer saves it", life.serves)
    step("Kafka's health is asked without a JVM", life.health_needs_no_jvm)
    step("console producer and consumer", life.tools)
    step("profile judge, after somebody's request and again", life.judged_inside)
    step("profile agents: one rush from four containers", life.judged_from_agents)
    step("external/compose from this machine, twice", life.judged_from_here)
    step("the consumer restarts during a judged run", life.consumer_restarts)
    step("a member of the group from elsewhere is named", life.member_from_elsewhere)
    step("a consumer from elsewhere beside the run's own is named", life.consumer_from_elsewhere)
    step("Kafka stops in peace, the consumer's health tells, and all go on", life.kafka_restarts)
    step("down, up: the state is there", life.down_keeps)
    step("down --volumes: nothing is left", life.down_forgets)
    step("up with other ports, limit and password", life.up_otherwise)
