"""Stores of a test's own, on unix sockets, and rushproof-proxy in front of them, told by hand what to hold. Postgres
refuses root, so tests that use it run as an ordinary user."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", "build/dev/bin")).resolve()
PROXY = BIN / "rushproof-proxy"
WAIT = 60


def until(holds, what):
    """Waits for a condition, generously: machines are busy."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {WAIT} s")


def ask(*command, text=None, timeout=120):
    """(exit code, output, errors) of a client."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout, done.stderr


def mysql(place, *options):
    return ("mariadb", "--no-defaults", "-S", place, "-u", "root", "--force", "--local-infile=1", *options)


class Servers:
    """A Redis, a Postgres and, where it is wanted, a MariaDB in one directory, on unix sockets."""

    def __init__(self, top, with_mysql=True, redis=(), postgres=(), more_mysql=(), hba="", port="5432"):
        self.top, self.children, self.port, self.hba, self.more_mysql = top, [], port, hba, more_mysql
        self.redis, self.mysql = f"{top}/redis.sock", f"{top}/mysql.sock"
        self.start("redis-server", "--port", "0", "--unixsocket", self.redis, "--save", "", "--dir", top, *redis)
        self.start_postgres(postgres)
        if with_mysql:
            self.start_mysql()
        until(lambda: ask("redis-cli", "-s", self.redis, "ping")[0] == 0, "Redis")
        until(lambda: ask("psql", "-h", top, "-p", port, "-U", "shop", "-c", "", "postgres")[0] == 0, "Postgres")
        if with_mysql:
            until(lambda: ask(*mysql(self.mysql), text="select 1")[0] == 0, "MariaDB")

    def start_postgres(self, options):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        subprocess.run([programs / "initdb", "-A", "trust", "-U", "shop", "-D", f"{self.top}/pg", "--no-sync"],
                       check=True, capture_output=True)
        if self.hba:
            pathlib.Path(self.top, "pg", "pg_hba.conf").write_text(self.hba, encoding="ascii")
        self.start(programs / "postgres", "-D", f"{self.top}/pg", "-k", self.top, "-p", self.port,
                   "-c", "listen_addresses=", "-c", "fsync=off", *options)

    def start_mysql(self):
        data = f"--datadir={self.top}/my"
        subprocess.run(["mariadb-install-db", "--no-defaults", data, "--skip-test-db",
                        "--auth-root-authentication-method=normal"], check=True, capture_output=True)
        self.start(shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", data, f"--socket={self.mysql}",
                   "--skip-networking", "--local-infile=1", *self.more_mysql)

    def start(self, *command):
        with open(f"{self.top}/log", "a", encoding="utf-8") as log:
            self.children.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def stop(self):
        for child in self.children:
            child.send_signal(signal.SIGINT)
        for child in self.children:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


class Proxy:
    """rushproof-proxy with a listener for each of the servers."""

    def __init__(self, servers, journal):
        top = servers.top
        with open(f"{top}/proxy.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([PROXY, "--journal", journal], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        os.mkdir(f"{top}/via")
        self.redis, self.postgres, self.mysql = f"{top}/via/redis", f"{top}/via", f"{top}/via/mysql"
        self.tell(f"listen redis resp {self.redis} {servers.redis}")
        self.tell(f"listen pg postgres {self.postgres}/.s.PGSQL.5432 {top}/.s.PGSQL.5432")
        self.tell(f"listen my mysql {self.mysql} {servers.mysql}")

    def tell(self, command):
        """The lines of the answer; a command that fails is an error."""
        self.process.stdin.write(command + "\n")
        lines = []
        while True:
            line = self.process.stdout.readline()
            assert line, f"{command}: the proxy has ended"
            lines.append(line.rstrip("\n"))
            if line.startswith("ok"):
                return lines
            assert not line.startswith("error"), f"{command}: {line}"

    def shape(self, text):
        """The number of the shape with this text."""
        for line in self.tell("shapes"):
            if line.endswith(f": {text}"):
                return line.split()[1]
        raise AssertionError(f"no shape {text} among {self.tell('shapes')}")

    def figure(self, line, name):
        found = next(each for each in self.tell("stats") if each.startswith(line))
        return int(found.split(f"{name}=")[1].split()[0])

    def stop(self):
        self.process.stdin.close()
        return self.process.wait(WAIT)
