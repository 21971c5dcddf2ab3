"""Servers whose handlers note when they are entered: what run.py and races.py fire at.

A target has url(version), the handlers' address over HTTP/1.1 or HTTP/2 in front of a user's number (None: it does not
speak that), and tell(), which gives what they noted since it was asked last."""

import json
import mmap
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
BUILT = pathlib.Path(os.environ.get("TARGETS_DIR", HERE.parents[2] / "build/http2"))
PATHS = os.environ["PATH"] + ":/usr/sbin"


class Target:
    """A program that prints its ports: of HTTP/1.1, of HTTP/2, and that which tells."""

    def __init__(self, command, scheme="http"):
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        self.ports = list(map(int, self.process.stdout.readline().split()))
        self.scheme, self.front = scheme, None

    def url(self, version):
        return f"{self.scheme}://127.0.0.1:{self.ports[version - 1]}/apply?user="

    def ask(self, query=""):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[2]}/{query}") as answer:
            return json.load(answer)

    def tell(self):
        return sorted(self.ask()["stamps"])

    def end(self):
        for process in filter(None, (self.front, self.process)):
            process.terminate()
            process.wait()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def await_port(port, host="127.0.0.1"):
    for _ in range(500):
        with socket.socket() as one:
            if not one.connect_ex((host, port)):
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")


def node(directory):
    del directory
    return Target(["node", HERE / "target.js"])


def nginx(directory):
    """Before Node's HTTP/1.1, whose handlers note."""
    target = node(directory)
    back, ports = target.ports[0], [free_port(), free_port()]
    temps = "".join(f"{name}_temp_path {directory}/{name};" for name in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (directory / "nginx.conf").write_text(f"""daemon off; pid {directory}/pid; error_log stderr crit; worker_processes 2;
events {{ worker_connections 4096; }}
http {{ access_log off; {temps} upstream back {{ server 127.0.0.1:{back}; keepalive 1024; }}
server {{ listen 127.0.0.1:{ports[0]} backlog=4096; listen 127.0.0.1:{ports[1]} http2 backlog=4096;
http2_max_concurrent_streams 1000; keepalive_requests 100000;
location / {{ proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}""")
    target.front = subprocess.Popen([shutil.which("nginx", path=PATHS), "-e", "stderr", "-c", directory / "nginx.conf", "-p",
                                     directory])
    target.ports[:2] = ports
    await_port(ports[0])
    return target


class Nghttpd(Target):
    """It serves files, and these are not there: its handler begins where it would open one (opened.c)."""

    def __init__(self, directory):
        library, told, self.port = directory / "opened.so", directory / "opened", free_port()
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, HERE / "opened.c"], check=True)
        told.write_bytes(bytes(8 * (1 + (1 << 16))))
        with told.open("r+b") as file:
            self.told = mmap.mmap(file.fileno(), 0)
        self.process = subprocess.Popen([shutil.which("nghttpd", path=PATHS), "--no-tls", "--address=127.0.0.1", "-m", "1000",
                                         "-d", directory, str(self.port)], stdout=subprocess.DEVNULL,
                                        env={**os.environ, "LD_PRELOAD": str(library), "OPENED": str(told)})
        self.scheme, self.front = "http", None
        await_port(self.port)

    def url(self, version):
        return f"http://127.0.0.1:{self.port}/apply/" if version == 2 else None

    def tell(self):
        count = struct.unpack_from("q", self.told)[0]
        stamps = struct.unpack_from(f"{count}q", self.told, 8)
        struct.pack_into("q", self.told, 0, 0)
        return sorted(stamps)


def go(directory):
    subprocess.run(["go", "build", "-o", directory / "target", HERE / "target.go"], check=True,
                   env={"HOME": str(directory), **os.environ, "GOCACHE": str(BUILT / "go"), "GOTOOLCHAIN": "local"})
    return Target([directory / "target"], "https")


def java(*words):
    jars = BUILT / "java"
    if not (jars / "target-1.jar").exists():
        subprocess.run(["mvn", "-q", "-B", "-C", f"-Djar.directory={jars}", "-f", HERE / "java/pom.xml", "package"], check=True)
    return Target(["java", "-cp", f"{jars}/target-1.jar:{jars}/lib/*", "Target", *words])


# Each with the programs that it needs.
TARGETS = {"nginx": (nginx, "nginx", "node"), "nghttpd": (Nghttpd, "nghttpd", "cc"), "node": (node, "node"), "go": (go, "go"),
           "jetty": (lambda directory: java("jetty"), "mvn", "java"),
           "tomcat": (lambda directory: java("tomcat", directory), "mvn", "java")}


def lacks(name):
    """The first program that is not there for it, or None."""
    return next((program for program in TARGETS[name][1:] if not shutil.which(program, path=PATHS)), None)


def parse(parser, known):
    """Its options, with the targets that are named, else all that are known to it."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="of " + ", ".join(known))
    options = parser.parse_args()
    strange = [name for name in options.targets if name not in known]
    if strange:
        parser.error(f"no target of it: {', '.join(strange)}; allowed: {', '.join(known)}")
    options.targets = options.targets or list(known)
    return options


def each(names):
    """Pairs of a name and its target, of those that can be had, one after the other; each ends behind its use."""
    for name in names:
        if lacks(name):
            print(f"{name:8} is left out: there is no {lacks(name)}")
            continue
        with tempfile.TemporaryDirectory() as place:
            target = TARGETS[name][0](pathlib.Path(place))
            try:
                yield name, target
            finally:
                target.end()
