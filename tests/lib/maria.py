"""A MariaDB of a test's own, for as long as a test lasts."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import runner


@contextlib.contextmanager
def mariadb(bench):
    """A MariaDB of the test's own: its URL, and a function that runs SQL in it; None where it is not installed."""
    server = shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin")
    if not server:
        yield None
        return
    with tempfile.TemporaryDirectory(dir=bench.path) as directory:
        own = ["--no-defaults", f"--datadir={directory}/data", *(["--user=root"] if os.geteuid() == 0 else [])]
        subprocess.run(["mariadb-install-db", *own, "--skip-test-db", "--auth-root-authentication-method=normal"],
                       check=True, capture_output=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(f"{directory}/log", "wb") as log:
            child = subprocess.Popen([server, *own, f"--socket={directory}/my.sock", "--bind-address=127.0.0.1",
                                      f"--port={port}", "--innodb-flush-log-at-trx-commit=0"], stdout=log, stderr=log)
        runner.MINE.add(child.pid)

        def run(sql, check=True):
            command = ["mariadb", "--no-defaults", "-N", "-u", "root", "-S", f"{directory}/my.sock", "-e", sql]
            return subprocess.run(command, check=check, capture_output=True, text=True).stdout.strip()

        try:
            until = time.monotonic() + 60
            while run("SELECT 1", check=False) != "1":
                assert time.monotonic() < until, pathlib.Path(f"{directory}/log").read_text(errors="replace")
                time.sleep(0.1)
            run("CREATE DATABASE shop; CREATE TABLE shop.coupon (id bigint AUTO_INCREMENT PRIMARY KEY, user_id bigint);"
                "CREATE USER me@localhost IDENTIFIED BY 'hush-7788', me@127.0.0.1 IDENTIFIED BY 'hush-7788';"
                "GRANT ALL ON shop.* TO me@localhost, me@127.0.0.1")
            yield f"mysql://me:hush-7788@127.0.0.1:{port}/shop", run
        finally:
            child.terminate()
            child.wait(30)
