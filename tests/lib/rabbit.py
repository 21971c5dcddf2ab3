"""A RabbitMQ that is somebody else's: with its management plugin, started beside the runs as whoever tests."""

import base64
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import runner

SERVER = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONFIG = """
listeners.tcp.1 = 127.0.0.1:{amqp}
listeners.ssl.1 = 127.0.0.1:{tls}
ssl_options.cacertfile = {here}/authority.pem
ssl_options.certfile = {here}/authority.pem
ssl_options.keyfile = {here}/key.pem
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
loopback_users = none
default_user = judge
default_pass = {secret}
disk_free_limit.absolute = 1MB
log.file = false
log.console = true
log.console.level = warning
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Broker:
    """A context manager: url, tls_url and the authority's certificate, management, secret."""

    def __init__(self, directory, secret="hush-4711-rabbit"):
        self.dir = pathlib.Path(directory)
        self.secret = secret
        self.amqp, tls, management, nodes, epmd = free_ports(5)
        self.url = f"amqp://judge:{secret}@127.0.0.1:{self.amqp}/%2f"
        self.tls_url = f"amqps://judge:{secret}@localhost:{tls}/%2f"
        self.authority = self.dir / "authority.pem"
        self.management = f"http://127.0.0.1:{management}"
        self.dir.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", self.dir / "key.pem", "-out", self.authority],
                       check=True, stderr=subprocess.DEVNULL)
        here = str(self.dir)
        settings = {"amqp": self.amqp, "tls": tls, "management": management, "secret": secret, "here": here}
        files = {"rabbitmq.conf": CONFIG.format(**settings),
                 "advanced.config": "[].\n", "enabled_plugins": "[rabbitmq_management].\n"}
        for name, text in files.items():
            (self.dir / name).write_text(text)
        self.env = {
            **os.environ, "HOME": here, "RABBITMQ_NODENAME": f"others{self.amqp}@localhost", "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": here + "/none", "RABBITMQ_CONFIG_FILE": here + "/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": here + "/advanced.config", "RABBITMQ_PID_FILE": here + "/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": here + "/enabled_plugins", "RABBITMQ_MNESIA_BASE": here + "/mnesia",
            "RABBITMQ_PLUGINS_EXPAND_DIR": here + "/plugins", "RABBITMQ_GENERATED_CONFIG_DIR": here + "/config",
            "RABBITMQ_FEATURE_FLAGS_FILE": here + "/flags", "RABBITMQ_LOG_BASE": here + "/log",
            "RABBITMQ_DIST_PORT": str(nodes), "RABBITMQ_ALLOW_INPUT": "1", "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}"}
        self.log = open(self.dir / "broker.log", "w+")
        self.programs = [self.start("epmd", "-port", str(epmd), "-address", "127.0.0.1"), self.start(SERVER)]

    def start(self, *words):
        process = subprocess.Popen(words, env=self.env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                   cwd=self.dir, start_new_session=True)
        runner.MINE.add(process.pid)
        return process

    def answers(self):
        try:
            return urllib.request.urlopen(self.management, timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def forget(self, queue):
        """As if nobody had ever declared it: one of another kind may have its name then."""
        place = urllib.request.Request(f"{self.management}/api/queues/%2F/{queue}", method="DELETE")
        place.add_header("Authorization", "Basic " + base64.b64encode(f"judge:{self.secret}".encode()).decode())
        try:
            urllib.request.urlopen(place, timeout=20).close()
        except urllib.error.HTTPError as error:
            assert error.code == 404, error

    def __enter__(self):
        until = time.monotonic() + 120
        while not self.answers():
            if time.monotonic() > until or self.programs[-1].poll() is not None:
                said = (self.dir / "broker.log").read_text()
                self.__exit__()
                raise SystemExit(said[-3000:])
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        for process in reversed(self.programs):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            runner.MINE.discard(process.pid)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)
