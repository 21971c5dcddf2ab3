#!/usr/bin/env python3
"""How far apart 1000 requests arrive, by packet capture: HTTP/1.1, HTTP/2 by both gates, and h2load, in turns, over a veth
pair of MTU 1500 between two network namespaces, without offloads: what is captured is what would be on a cable.

A request arrives with the packet that makes it whole. HTTP/1.1 goes to nginx, HTTP/2 to nghttpd, which both answer at once.
Medians, with the interval of 95 % in brackets.

wire.py [--short] [--bursts=N] [--requests=N] [--most=S]        (root)"""

import argparse
import array
import bisect
import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

import figures
import targets

BIN = pathlib.Path(os.environ.get("RUSHPROOF_BIN", targets.HERE.parents[2] / "build/release/bin"))
HERE, THERE = "10.78.0.1", "10.78.0.2"
HTTP1, HTTP2 = 8081, 8082
FORGET = ("sh", "-c", "echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets")  # else ports run out after some rounds
ASKED = 10  # HTTP/2 is to be so many times narrower than HTTP/1.1
MANY, FEW = "100 connections", "10 connections"


def probe(*options, h2=True):
    port = HTTP2 if h2 else HTTP1
    return [BIN / "load-probe", "-n", "{n}", "--release-threads", "2", "--line", *(["--h2c"] if h2 else []), *options,
            f"http://{HERE}:{port}/apply/{{{{user}}}}"]


def h2load(*options, h2=True):
    return ["h2load", "-n", "{n}", "-t", "2", *options, f"http://{HERE}:{HTTP2 if h2 else HTTP1}/apply/1"]


WAYS = {
    "HTTP/1.1, last-byte, 1000 connections": probe("--gate", "last-byte", h2=False),
    f"HTTP/1.1, no gate, {MANY}": probe("--phase", "closed", "-c", "100", h2=False),
    f"HTTP/2, one-write, {MANY}": probe("--gate", "one-write", "--streams", "10"),
    f"HTTP/2, last-frame, {MANY}": probe("--gate", "last-frame", "--streams", "10"),
    f"h2load, HTTP/2, {MANY}": h2load("-c", "100", "-m", "10"),
    f"HTTP/2, one-write, {FEW}": probe("--gate", "one-write", "--streams", "100"),
    f"HTTP/2, last-frame, {FEW}": probe("--gate", "last-frame", "--streams", "100"),
    f"h2load, HTTP/2, {FEW}": h2load("-c", "10", "-m", "100"),
    "h2load, HTTP/1.1, 1000 connections": h2load("--h1", "-c", "1000", h2=False),
}


# ---- a cable ----


def without_offloads(device):
    """Segments leave as they would on a cable: no TSO, GSO and GRO (ethtool(8))."""
    with socket.socket() as any_socket:
        for command in (0x1F, 0x24, 0x2C):
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", device.encode(), value.buffer_info()[0])
            fcntl.ioctl(any_socket, 0x8946, request)


def run(*words):
    subprocess.run(words, check=True)


class Cable:
    """From this namespace to one of its own; what comes over it is captured here."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == own:
            time.sleep(0.01)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(self.holder.pid))
        run("ip", "address", "add", f"{HERE}/24", "dev", "near")
        run("ip", "link", "set", "near", "mtu", "1500", "up")
        for words in (("ip", "address", "add", f"{THERE}/24", "dev", "far"), ("ip", "link", "set", "far", "mtu", "1500", "up"),
                      (sys.executable, __file__, "--without-offloads", "far"), FORGET):
            run(*self.inside(), *words)
        run(*FORGET)
        without_offloads("near")
        self.packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.packets.setsockopt(socket.SOL_SOCKET, 33, 1 << 27)  # SO_RCVBUFFORCE
        self.packets.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.packets.bind(("near", 0x0800))
        self.packets.setblocking(False)

    def inside(self):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def captured(self):
        """(stamp in ns, packet from its IP header on) of all that has come in."""
        while True:
            try:
                frame, more, _, address = self.packets.recvmsg(65536, 64)
            except BlockingIOError:
                return
            if address[2] == socket.PACKET_HOST:
                seconds, ns = struct.unpack("qq", more[0][2])
                yield seconds * 1_000_000_000 + ns, frame[14:]

    def end(self):
        self.holder.kill()
        self.holder.wait()


# ---- what was in the packets ----


class Flow:
    """The bytes of one direction of a connection, and when each packet of them came."""

    def __init__(self, first):
        self.first, self.bytes = first, bytearray()
        self.ends, self.stamps, self.waiting = [], [], {}

    def take(self, sequence, data, stamp):
        self.waiting.setdefault((sequence - self.first) & 0xFFFFFFFF, (data, stamp))
        while (at := len(self.bytes)) in self.waiting:
            data, stamp = self.waiting.pop(at)
            self.bytes += data
            self.ends.append(len(self.bytes))
            self.stamps.append(stamp)

    def arrival(self, end):
        return self.stamps[bisect.bisect_left(self.ends, end)]

    def whole(self):
        """Where requests end."""
        if not self.bytes.startswith(b"PRI * HTTP/2.0"):
            at = 0
            while (found := self.bytes.find(b"\r\n\r\n", at)) >= 0:
                at = found + 4
                yield at
            return
        at = 24
        while at + 9 <= len(self.bytes):
            length, kind, flags = int.from_bytes(self.bytes[at:at + 3], "big"), self.bytes[at + 3], self.bytes[at + 4]
            at += 9 + length
            if kind in (0, 1) and flags & 1 and at <= len(self.bytes):
                yield at


def arrivals(packets):
    """When requests were whole, and how many packets they came in."""
    flows = {}
    for stamp, packet in packets:
        tcp = packet[(packet[0] & 15) * 4:int.from_bytes(packet[2:4], "big")]
        key, sequence, flags = tcp[:4], int.from_bytes(tcp[4:8], "big"), tcp[13]
        data = tcp[(tcp[12] >> 4) * 4:]
        if flags & 2:
            flows[key] = Flow((sequence + 1) & 0xFFFFFFFF)
        elif data and key in flows:
            flows[key].take(sequence, data, stamp)
    stamps = [(flow.arrival(end), key) for key, flow in flows.items() for end in flow.whole()]
    return sorted(stamp for stamp, _ in stamps), len(set(stamps))


# ---- bursts ----


def serve(directory):
    nginx = directory / "nginx.conf"
    nginx.write_text(f"""daemon off; pid {directory}/pid; error_log stderr crit; worker_processes 1;
events {{ worker_connections 4096; }}
http {{ access_log off; {"".join(f"{name}_temp_path {directory}/{name};" for name in
                                 ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
server {{ listen {HERE}:{HTTP1} backlog=4096; location / {{ return 202; }} }} }}""")
    for words in ((shutil.which("nginx", path=targets.PATHS), "-e", "stderr", "-c", nginx, "-p", directory),
                  (shutil.which("nghttpd", path=targets.PATHS), "--no-tls", f"--address={HERE}", "-m", "1000", "-d", directory,
                   str(HTTP2))):
        yield subprocess.Popen(words, stdout=subprocess.DEVNULL)


def burst(cable, way, requests):
    """First to last, p5 to p95 (ms), packets; or why it was no burst."""
    done = subprocess.run([*cable.inside(), *(str(word).replace("{n}", str(requests)) for word in WAYS[way])],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    stamps, packets = arrivals(cable.captured())
    edge = requests // 20
    if done.returncode or len(stamps) != requests:
        return f"{len(stamps)} requests arrived; {done.stdout.strip()}"
    return (stamps[-1] - stamps[0]) / 1e6, (stamps[-1 - edge] - stamps[edge]) / 1e6, packets


def tell(seen):
    spreads = {}
    for way, bursts in seen.items():
        good = [each for each in bursts if not isinstance(each, str)]
        if not good:
            print(f"{way:40} none of {len(bursts)}: {bursts[-1]}", flush=True)
            continue
        spreads[way], middle, packets = (figures.median([each[i] for each in good]) for i in range(3))
        print(f"{way:40} first to last {figures.span(spreads[way], ' ms'):28} p5 to p95 {figures.span(middle, ' ms'):28} "
              f"{packets[0]:.0f} packets, {len(good)} of {len(bursts)}", flush=True)
    return spreads


def judge(spreads):
    """Is the narrowest of ours narrow enough, by the far ends of the intervals?"""
    http1 = spreads.get("HTTP/1.1, last-byte, 1000 connections")
    passed = 0
    ours = [way for way in spreads if way.startswith("HTTP/2")]
    for way in ours:
        ratio, worst = http1[0] / spreads[way][0], http1[1] / spreads[way][2]
        passed += worst >= ASKED
        print(f"{'ok' if worst >= ASKED else 'not ok'} - {way}: HTTP/1.1 is {ratio:.1f} times as wide (at least {worst:.1f}; "
              f"asked: {ASKED})")
    print(f"{passed} passed, {len(ours) - passed} failed")
    return passed != len(ours)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--bursts", type=int, default=100)
    parser.add_argument("--most", type=float, default=float("inf"), help="seconds; then the rounds so far are told")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--without-offloads", help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.without_offloads:
        return without_offloads(options.without_offloads)
    if os.geteuid() != 0:
        print("skipped: network namespaces need root")
        return 77
    if not options.inside:
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])
    with tempfile.TemporaryDirectory() as place:
        cable, servers = Cable(), []
        try:
            servers = list(serve(pathlib.Path(place)))
            for port in (HTTP1, HTTP2):
                targets.await_port(port, HERE)
            list(cable.captured())
            seen = figures.in_turns(WAYS, 3 if options.short else options.bursts,
                                    lambda way: burst(cable, way, options.requests), options.most)
        finally:
            for server in servers:
                server.terminate()
                server.wait()
            cable.end()
    return judge(tell(seen))


if __name__ == "__main__":
    sys.exit(main())
