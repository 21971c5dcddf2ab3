#!/usr/bin/python3
"""run.py [--short] [--runs N] [--connections N,N] [--somaxconn N]: what a cold rush meets at apply-service.

All connect at once (gate cold), in a network namespace of its own whose net.core.somaxconn is raised, so that the
kernel's listen drops are this bench's alone. Then the same service with a backlog of 128, which the report must name,
and servers of other languages as they come: each is named when, and only when, it made somebody send a SYN again.

RUSHPROOF_BIN names the directory of the programs. As an ordinary user it takes a user namespace, too.
"""

import argparse
import fcntl
import json
import os
import pathlib
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", HERE.parent.parent.parent / "build/release/bin")).resolve()
STAGE = "RUSHPROOF_COLD_STAGE"
SHORT_BACKLOG = 128

PYTHON = """
import http.server, socketserver
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.send_response(202); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
NODE = """
const server = require('http').createServer((request, response) => { response.statusCode = 202; response.end('{}'); });
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""
GO = """
package main
import ("fmt"; "net"; "net/http")
func main() {
    listener, _ := net.Listen("tcp", "127.0.0.1:0")
    fmt.Println(listener.Addr().(*net.TCPAddr).Port)
    http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202) }))
}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20, help="for each number of connections [20]")
    parser.add_argument("--connections", default="1000,5000", help="how many at once [1000,5000]")
    parser.add_argument("--somaxconn", type=int, default=8192, help="of the namespace [8192]")
    parser.add_argument("--short", action="store_true", help="3 runs")
    given = parser.parse_args()
    given.runs = 3 if given.short else given.runs
    given.connections = [int(number) for number in given.connections.split(",")]
    return given


def set_up_network(somaxconn):
    """Loopback up, the backlog's cap, and ports for all the connections that linger."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
    pathlib.Path("/proc/sys/net/core/somaxconn").write_text(str(somaxconn))
    pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("1024 65535")


def be_alone(somaxconn):
    """Starts this script again in a network namespace, and for an ordinary user as himself in it."""
    stage, user = os.environ.get(STAGE), os.geteuid()
    again = [sys.executable, *sys.argv]
    if not stage:
        os.environ[STAGE] = f"{user}:{os.getegid()}"
        os.execvp("unshare", ["unshare", "-n" if user == 0 else "-rn", *again])
    if stage != "there":
        set_up_network(somaxconn)
        os.environ[STAGE] = "there"
        user, group = stage.split(":")
        if user != "0":
            os.execvp("unshare", ["unshare", "-U", f"--map-user={user}", f"--map-group={group}", *again])


def listen_drops():
    names, values = pathlib.Path("/proc/net/netstat").read_text().splitlines()[:2]
    return int(dict(zip(names.split(), values.split()))["ListenDrops"])


class Rush:
    """One run, and what it says."""

    def __init__(self, out, words, backlog):
        before = listen_drops()
        done = subprocess.run([BIN / "rushproof", "run", "--json", f"--output={out}", *words], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "BACKLOG": str(backlog)})
        if done.returncode not in (0, 1, 2):
            sys.exit(f"rushproof ended with {done.returncode}:\n{done.stderr}")
        self.drops = listen_drops() - before
        self.result = json.loads(done.stdout)
        self.connects = self.result["load"]["phases"][0]["connects"]
        self.p99 = self.result["latency_us"]["p99"] / 1000
        self.named = "lost what reached it" in self.result["warning"]


def table(title, rushes):
    """A line of the table."""
    def most(key):
        return max(rush.connects[key] or 0 for rush in rushes)
    connects = rushes[0].connects
    drops = sum(rush.drops for rush in rushes)
    again = sum(rush.connects["syns_again"] for rush in rushes)
    refused = sum(rush.connects["refused"] + rush.connects["unanswered"] for rush in rushes)
    spread = statistics.median(rush.result["load"]["spread_us"] for rush in rushes) / 1000
    named = sum(rush.named for rush in rushes)
    print(f"| {title} | {len(rushes)} | {drops} | {refused} | {again} | {most('queue_peak')} of "
          f"{connects['queue_room']} | {connects['somaxconn']} | {spread:.1f} ms | "
          f"{statistics.median(rush.p99 for rush in rushes):.0f} ms, {max(rush.p99 for rush in rushes):.0f} ms | "
          f"{named} |", flush=True)
    return drops, refused, again, named


def serves(name, directory):
    """The command of a server of another language, or None where that is not to be had."""
    if name == "Python":
        return [sys.executable, "-c", PYTHON]
    if name == "Node":
        return ["node", "-e", NODE] if shutil.which("node") else None
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        return None
    source, program = directory / "server.go", directory / "server"
    source.write_text(GO)
    built = subprocess.run([go, "build", "-o", program, source], check=False, cwd=directory,
                           env={**os.environ, "GOCACHE": str(directory / "cache"), "GO111MODULE": "off"})
    return [program] if built.returncode == 0 else None


def others(out, connections):
    """True when each was named exactly when it lost something."""
    good = True
    for name in ("Python", "Node", "Go"):
        command = serves(name, out)
        if not command:
            print(f"| {name} is not here |")
            continue
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            port = server.stdout.readline().strip()
            rush = Rush(out, [f"--url=http://127.0.0.1:{port}/?u={{{{user}}}}", "--gate=cold", "--accepted=status=202",
                              f"--requests={connections}", f"--limit={connections}"], 0)
            server.kill()
        table(f"{name}, {connections}", [rush])
        good = good and rush.named == (rush.connects["syns_again"] > 0 or
                                       (rush.connects["sent_again"] > 0 and rush.drops > 0))
    return good


def main():
    given = arguments()
    be_alone(given.somaxconn)
    failed = []
    print("| who, connections at once | runs | listen drops | refused or never open | SYNs again | accept queue | "
          "somaxconn | connects within | connect to answer, p99: median, worst | named |\n"
          "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    with tempfile.TemporaryDirectory(prefix="cold.") as name:
        out = pathlib.Path(name)
        out.chmod(0o755)  # the private Postgres may run as another user
        for connections in given.connections:
            words = [f"--set=load.0.burst.requests={connections}", str(HERE / "crowd.yaml")]
            right = table(f"apply-service, {connections}",
                          [Rush(out, words, given.somaxconn) for _ in range(given.runs)])
            if any(right):
                failed.append(f"apply-service lost somebody of {connections}")
            runs = max(given.runs // 5, 1)
            _, _, again, named = table(f"backlog {SHORT_BACKLOG}, {connections}",
                                       [Rush(out, words, SHORT_BACKLOG) for _ in range(runs)])
            if named != runs or not again:
                failed.append(f"a backlog of {SHORT_BACKLOG} was named in {named} of {runs} runs")
        if not others(out, given.connections[0]):
            failed.append("a server of another language was named for nothing, or not named")
    print("not ok: " + "; ".join(failed) if failed else "ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
