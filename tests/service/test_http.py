"""The HTTP contract of apply-service: a table, and what a table cannot say."""

import json
import shutil
import signal
import socket
import subprocess
import time

from prometheus_client.parser import text_string_to_metric_families

import rig

MAX = 2 ** 63 - 1
BIG = "x" * 5000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}

# method, path, body, headers of the request; status, parts of the JSON answer, headers of the answer
TABLE = [
    ("POST", "/apply?userId=1", None, {}, 202, {"result": "accepted", "userId": 1, "rank": 1}, {}),
    ("POST", "/apply?userId=0", None, {}, 202, {"result": "accepted", "userId": 0, "rank": 2}, {}),
    ("POST", f"/apply?userId={MAX}", None, {}, 202, {"userId": MAX, "rank": 3}, {}),
    ("POST", "/apply", '{"userId": 7}', JSON, 202, {"userId": 7, "rank": 4}, {}),
    ("POST", "/apply", '{"userId": 8}', {}, 202, {"userId": 8, "rank": 5}, {}),
    ("POST", "/apply", "userId=9", FORM, 202, {"userId": 9, "rank": 6}, {}),
    ("POST", "/apply?x=1&userId=10", "{}", JSON, 202, {"userId": 10, "rank": 7}, {}),
    ("POST", "/apply?userId=11", None, {}, 410, {"result": "sold_out", "userId": 11}, {}),
    ("POST", "/apply", None, {}, 400, {"result": "bad_request", "reason": "userId is missing"}, {}),
    ("POST", "/apply?userId=", None, {}, 400, {"reason": "userId is missing"}, {}),
    ("POST", "/apply?userId=abc", None, {}, 400, {"reason": "userId is not a whole number"}, {}),
    ("POST", "/apply?userId=1.5", None, {}, 400, {"reason": "userId is not a whole number"}, {}),
    ("POST", "/apply?userId=-1", None, {}, 400, {"reason": "userId is negative"}, {}),
    ("POST", f"/apply?userId={MAX + 1}", None, {}, 400, {"reason": "userId is too large"}, {}),
    ("POST", "/apply?userId=1&userId=2", None, {}, 400,
     {"reason": "userId is given more than once, and differently"}, {}),
    ("POST", "/apply", '{"userId": "7"}', JSON, 400, {"reason": "userId is not a whole number"}, {}),
    ("POST", "/apply", '{"userId": 7', JSON, 400, {"reason": "the body is not a JSON object"}, {}),
    ("POST", "/apply", BIG, FORM, 413, {"result": "too_large"}, {"Connection": "close"}),
    ("GET", "/apply?userId=1", None, {}, 405, {"result": "method_not_allowed"}, {"Allow": "POST"}),
    ("PUT", "/apply?userId=1", None, {}, 405, {}, {"Allow": "POST"}),
    ("DELETE", "/apply?userId=1", None, {}, 405, {}, {"Allow": "POST"}),
    ("OPTIONS", "/apply", None, {}, 405, {}, {"Allow": "POST"}),
    ("PATCH", "/apply", None, {}, 405, {}, {"Allow": "POST"}),
    ("POST", "/healthz", None, {}, 405, {}, {"Allow": "GET, HEAD"}),
    ("POST", "/metrics", None, {}, 405, {}, {"Allow": "GET, HEAD"}),
    ("GET", "/healthz", None, {}, 200, {"status": "ok"}, {"Content-Type": "application/json"}),
    ("GET", "/readyz", None, {}, 200, {"status": "ready", "redis": "up", "kafka": "up"}, {}),
    ("GET", "/", None, {}, 404, {"result": "not_found"}, {}),
    ("POST", "/apply/", None, {}, 404, {}, {}),
    ("POST", "/Apply?userId=1", None, {}, 404, {}, {}),
    ("GET", "/metrics?x=1", None, {}, 200, None, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}),
]


def table():
    """Method, path and body give the status, body and headers of the contract."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka", "--limit=7")
        wrong = []
        for method, path, body, headers, status, parts, answered in TABLE:
            answer = service.ask(method, path, body, headers)
            shown = f"{method} {path} {str(body)[:30]}: {answer.status} {answer.text[:100]}"
            if answer.status != status:
                wrong.append(f"{shown}: expected {status}")
            for key, value in (parts or {}).items():
                if json.loads(answer.text).get(key) != value:
                    wrong.append(f"{shown}: {key} is not {value!r}")
            for key, value in answered.items():
                if answer.headers[key] != value:
                    wrong.append(f"{shown}: header {key} is {answer.headers[key]!r}")
        assert not wrong, "\n".join(wrong)
        # Only what reached INCR counts: 7 accepted, 1 sold out.
        assert r.redis.ask("GET", "coupon_count") == "8"
        assert service.metric('apply_requests_total{result="bad_request"}') == 9
        assert service.metric('apply_requests_total{result="method_not_allowed"}') == 7


def talk(port, data, timeout=10):
    """Sends raw bytes; returns everything until the server closes, or what came before the timeout."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as link:
        link.sendall(data)
        answer = b""
        try:
            while chunk := link.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
        return answer


def raw():
    """Broken and hostile requests are refused and harm nobody."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka")
        host = b"Host: x\r\n"

        def status(data):
            answer = talk(service.port, data, timeout=1)
            return int(answer.split(b" ")[1]) if answer else None
        assert status(b"FROB /apply HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n") in (400, 405, 501)
        assert status(b"nonsense\r\n\r\n") in (400, None)
        assert status(b"POST /apply?userId=1 HTTP/1.1\r\n" + host + b"Content-Length: -5\r\n\r\n") in (400, None)
        assert status(b"POST /apply?userId=1 HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\n") == 413
        assert status(b"POST /apply?userId=1 HTTP/1.1\r\n" + b"X: " + b"a" * 70000 + b"\r\n\r\n") in (400, 413, None)
        assert status(b"POST /apply?userId=" + b"1" * 70000 + b" HTTP/1.1\r\n" + host + b"\r\n") in (400, 413, 414, None)
        assert status(b"\x00\xff\x16\x03\x01" * 50 + b"\r\n\r\n") in (400, None)
        assert r.redis.ask("GET", "coupon_count") is None, "a broken request was counted"
        # Two requests in one packet are answered in order.
        one = b"POST /apply?userId=%d HTTP/1.1\r\n" + host + b"%s\r\n"
        answer = talk(service.port, one % (1, b"") + one % (2, b"Connection: close\r\n"))
        assert answer.count(b"HTTP/1.1 202") == 2 and answer.index(b'"rank":1') < answer.index(b'"rank":2'), answer
        # Chunked bodies work.
        answer = talk(service.port, b"POST /apply HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n"
                      b"Connection: close\r\n\r\nc\r\n{\"userId\": 5\r\n1\r\n}\r\n0\r\n\r\n")
        assert b'"userId":5' in answer, answer
        # HEAD has the headers and no body.
        answer = talk(service.port, b"HEAD /healthz HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
        assert b" 200 " in answer and answer.endswith(b"\r\n\r\n"), answer
        assert service.apply(9).json()["rank"] == 4


def slow():
    """A client that dribbles its request is cut off, a silent one too, a quick one is not."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka", "--request-timeout=600ms", "--idle-timeout=1500ms")
        with socket.create_connection(("127.0.0.1", service.port), timeout=5) as dribbler, \
                socket.create_connection(("127.0.0.1", service.port), timeout=5) as silent, \
                socket.create_connection(("127.0.0.1", service.port), timeout=5) as steady:
            begin = time.monotonic()
            closed = None
            for byte in b"POST /apply?userId=1 HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100:
                try:
                    dribbler.sendall(bytes([byte]))
                except OSError:
                    closed = time.monotonic() - begin
                    break
                time.sleep(0.05)
                if int((time.monotonic() - begin) / 0.3) % 2:
                    steady.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                    assert b" 200 " in steady.recv(4096), "a quick client was cut off"
            assert closed and 0.5 < closed < 2, f"the dribbling client was cut off after {closed} s"
            assert silent.recv(1) == b"", "the silent client was not closed"
            assert 1.2 < time.monotonic() - begin < 4
        assert service.metric("apply_connections_cut_off_total") == 1
        rig.wait_until("no open connection but ours", lambda: service.metric("apply_connections") <= 1)
        assert r.redis.ask("GET", "coupon_count") is None


def many_connections():
    """10,000 connections stay open and are each answered."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10000, hard - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    links = []
    try:
        with rig.Rig(redis=True, kafka=True) as r:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            service = r.apply("--strategy=kafka", env={})
            for _ in range(count):
                links.append(socket.create_connection(("127.0.0.1", service.port), timeout=20))
            rig.wait_until("every connection counted", lambda: service.metric("apply_connections") >= count)
            for user, link in enumerate(links):
                link.sendall(b"POST /apply?userId=%d HTTP/1.1\r\nHost: x\r\n\r\n" % user)
            statuses = [int(link.recv(4096).split(b" ")[1]) for link in links]
            assert statuses.count(202) == 100 and statuses.count(410) == count - 100, \
                {status: statuses.count(status) for status in set(statuses)}
    finally:
        for link in links:
            link.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def metrics():
    """The metrics of every strategy are what Prometheus reads, and they count."""
    with rig.Rig(redis=True, postgres=True, kafka=True) as r:
        for strategy in ("count", "redis", "kafka", "exact"):
            service = r.apply(f"--strategy={strategy}", "--limit=1")
            for user in range(3):
                service.apply(user)
            service.ask("POST", "/apply")
            text = service.get("/metrics").text
            families = list(text_string_to_metric_families(text))
            for family in families:
                assert family.documentation and family.type != "unknown", f"{strategy}: {family}"
            samples = [sample for family in families for sample in family.samples]
            keys = {(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples}
            assert len(keys) == len(samples) == len([line for line in text.splitlines() if line[0] != "#"])
            total = sum(sample.value for sample in samples if sample.name == "apply_requests_total")
            assert total == 4, f"{strategy}: {total} requests counted"
            if shutil.which("promtool"):  # a large package for one question: asked where it is
                lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
                assert lint.returncode == 0, f"{strategy}: {lint.stderr}{lint.stdout}"
            assert service.program.stop() == 0


def ports():
    """A taken port is refused, PORT is honoured, a port of 0 is told."""
    with rig.Rig(redis=True, kafka=True) as r:
        service = r.apply("--strategy=kafka")
        second = r.start("apply-service", "--strategy=kafka", f"--listen=127.0.0.1:{service.port}")
        assert second.child.wait(10) == 4, "two services share a port"
        assert "Address already in use" in second.output(), second.output()
        port = rig.free_port()
        third = r.start("apply-service", "--strategy=kafka", env={"PORT": str(port)})
        third.wait_for(f"listening on http://127.0.0.1:{port}\n")
        everywhere = r.start("apply-service", "--strategy=kafka", "--listen=0.0.0.0:0")
        everywhere.wait_for("listening on http://0.0.0.0:")
        assert not everywhere.output().split("http://0.0.0.0:")[1].startswith("0\n"), everywhere.output()
        sixth = r.start("apply-service", "--strategy=kafka", "--listen=[::1]:0")
        sixth.wait_for("listening on http://[::1]:")


def connected(port, count, patience):
    """How many of `count` connections that are opened at once are established after `patience` seconds."""
    links = [socket.socket() for _ in range(count)]
    try:
        for link in links:
            link.setblocking(False)
            link.connect_ex(("127.0.0.1", port))
        time.sleep(patience)
        return sum(is_connected(link) for link in links)
    finally:
        for link in links:
            link.close()


def is_connected(link):
    try:
        return bool(link.getpeername())
    except OSError:
        return False


def backlog():
    """As many connections as --backlog says wait for a service that does not accept."""
    with rig.Rig(redis=True, kafka=True) as r:
        for asked, expected in ((4096, 600), (200, 201)):
            service = r.apply("--strategy=kafka", "--threads=1", f"--backlog={asked}")
            service.program.halt()
            try:
                waiting = connected(service.port, 600, 0.5)
            finally:
                service.program.send(signal.SIGCONT)
            assert waiting == expected, f"--backlog={asked}: {waiting} of 600 connected, expected {expected}"


TESTS = [table, raw, slow, many_connections, backlog, metrics, ports]
