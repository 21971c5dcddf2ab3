"""`rushproof init` as somebody at a terminal uses it, and by flags: answers are looked at when they are given, the service
is tried as nobody, and what a yes and a no look like is learnt from two real answers."""

import contextlib
import http.server
import json
import os
import pathlib
import pty
import select
import subprocess
import threading
import time

import runner
import yaml


class Shop(http.server.BaseHTTPRequestHandler):
    """POST /apply {"userId": n}: 202, and 409 for who asks again; at /flag 200 and true or false; nobody gets 400.
    AGAIN: what others answer first, and to who asks again; /open takes any id."""

    AGAIN = {"/word": ((200, "ACCEPTED"), (200, "ALREADY_APPLIED")), "/forbids": ((201, "accepted"), (403, "already applied")),
             "/busy": ((202, "accepted"), (429, "slow down")), "/breaks": ((201, "accepted"), (500, "duplicate key")),
             "/korean": ((200, "발급 완료"), (200, "이미 발급되었습니다")), "/open": ((201, "accepted"), (409, "already"))}

    asked, taken = [], set()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.asked.append((self.path, body))
        try:
            user = json.loads(body)["userId"]
        except (ValueError, KeyError, TypeError):
            user = None
        if not self.path.startswith(("/apply", "/flag", "/same", *self.AGAIN)):
            return self.answer(404, {"error": "no such path"})
        if not isinstance(user, int) and self.path != "/open":
            return self.answer(400, {"error": "no user"})
        again = (self.path, user) in self.taken
        self.taken.add((self.path, user))
        if self.path in self.AGAIN:
            status, word = self.AGAIN[self.path][again]
            return self.answer(status, {"result": word})
        if self.path == "/same":
            return self.answer(200, {"result": "thanks"})
        if self.path == "/flag":
            return self.answer(200, {"isSuccess": not again, "message": "hello"})
        return self.answer(409 if again else 202, {"result": "already" if again else "accepted", "userId": user})

    def answer(self, status, body):
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def shop():
    Shop.asked, Shop.taken = [], set()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Terminal:
    """rushproof init at a terminal: what it printed so far, and lines typed into it."""

    def __init__(self, cwd, *arguments):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(cwd)
            os.execve(runner.BIN / "rushproof", ["rushproof", "init", *arguments], {**os.environ, "TERM": "xterm"})
        self.pid, self.seen, self.text = pid, 0, ""

    def expect(self, words, seconds=60):
        """Waits until the words were printed behind what was expected last."""
        until = time.monotonic() + seconds
        while words not in self.text[self.seen:]:
            left = until - time.monotonic()
            assert left > 0, f"waited in vain for {words!r} after\n{self.text}"
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                part = os.read(self.fd, 65536)
            except OSError:
                part = b""
            assert part or words in self.text[self.seen:], f"it ended without {words!r}:\n{self.text}"
            self.text += part.decode(errors="replace").replace("\r\n", "\n")
        self.seen = self.text.index(words, self.seen) + len(words)

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")

    def say(self, question, answer):
        self.expect(question)
        self.expect(": ")
        self.type(answer)

    def end(self):
        with contextlib.suppress(OSError):
            while part := os.read(self.fd, 65536):
                self.text += part.decode(errors="replace")
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def written(cwd):
    return yaml.safe_load((pathlib.Path(cwd) / "rushproof.yaml").read_text())


def check_whole_interview(cwd):
    """Wrong answers are told at once and asked again; a wrong path is seen; rules come from two answers."""
    with shop() as url:
        terminal = Terminal(cwd)
        terminal.say("URL of the endpoint", "ftp://127.0.0.1/")
        terminal.expect("allowed: an http:// or https:// URL")
        terminal.say("URL of the endpoint", f"{url}/aply")
        terminal.say("HTTP method", "")
        terminal.say("request body", "{\"userId\": 1}")
        terminal.expect("{{user}}")
        terminal.say("request body", "{\"userId\": {{user}}}")
        terminal.expect("who is no user? A service that takes any id gives it one [Y/n]")
        assert not Shop.asked, "something was sent before anybody said so"
        terminal.type("")
        terminal.expect('with {"userId": rushproof-init-nobody}: 404 in ')
        terminal.expect("is it the right path")
        terminal.say("another address?", "")
        terminal.say("URL of the endpoint", f"{url}/apply")
        terminal.say("HTTP method", "")
        terminal.say("request body", "{\"userId\": {{user}}}")
        terminal.say("try the address now", "")
        terminal.expect(": 400 in ")
        terminal.say("how many may win", "many")
        terminal.expect("--limit")
        terminal.say("how many may win", "50")
        assert not Shop.taken, "somebody was given something before anybody said so"
        terminal.say("send two real requests", "y")
        terminal.expect(": 202 in ")
        terminal.say("is that a yes? [Y/n]", "")
        terminal.expect(": 409 in ")
        terminal.say("is that a yes? [y/N]", "")
        terminal.say("[status=202; - for none]", "status=abc")
        terminal.expect("--accepted")
        terminal.say("[status=202; - for none]", "")
        terminal.say("[status=409; - for none]", "")
        terminal.say("where the rows are", "oracle://x ; SELECT 1")
        terminal.expect("--coupons")
        terminal.say("where the rows are", "")
        terminal.say("Kafka", "")
        code = terminal.end()
    assert code == 0 and "wrote rushproof.yaml" in terminal.text, terminal.text
    scenario = written(cwd)
    assert scenario["limit"] == 50 and scenario["request"]["url"].endswith("/apply"), scenario
    rules = {name: scenario["responses"][name] for name in ("accepted", "rejected")}
    assert rules == {"accepted": [{"status": [202]}], "rejected": [{"status": [409]}]}, rules
    assert [path for path, _ in Shop.asked] == ["/aply", "/apply", "/apply", "/apply"], Shop.asked


def check_nobody_is_asked_for(cwd):
    """Enter all the way: no request but nobody's is sent."""
    with shop() as url:
        terminal = Terminal(cwd)
        terminal.say("URL of the endpoint", f"{url}/apply")
        terminal.say("HTTP method", "")
        terminal.say("request body", "{\"userId\": {{user}}}")
        terminal.say("try the address now", "")
        terminal.expect(": 400 in ")
        for question in ("how many may win", "send two real requests"):
            terminal.say(question, "")
        terminal.say("says yes", "status=202")
        for question in ("says no", "where the rows are", "Kafka"):
            terminal.say(question, "")
        assert terminal.end() == 0, terminal.text
    assert not Shop.taken and len(Shop.asked) == 1, Shop.asked


def check_nothing_is_sent(cwd):
    """Who says no to the trial is asked on, and no request was sent; a place that nobody got is told."""
    with shop() as url:
        for trial in ("n", "y"):
            terminal = Terminal(cwd, "--force", f"--output={trial}.yaml")
            terminal.say("URL of the endpoint", f"{url}/open")
            terminal.say("HTTP method", "")
            terminal.say("request body", "{\"userId\": \"{{user}}\"}")
            terminal.say("try the address now", trial)
            if trial == "y":
                terminal.expect('with {"userId": "rushproof-init-nobody"}: 201 in ')
                terminal.expect("the service takes any id: rushproof-init-nobody has one now")
            for question in ("how many may win", "send two real requests"):
                terminal.say(question, "")
            terminal.say("says yes", "status=201")
            for question in ("says no", "where the rows are", "Kafka"):
                terminal.say(question, "")
            assert terminal.end() == 0, terminal.text
            assert len(Shop.asked) == (trial == "y"), Shop.asked


def check_nobody_listens(cwd):
    terminal = Terminal(cwd)
    terminal.say("URL of the endpoint", "http://127.0.0.1:1/apply?user={{user}}")
    terminal.say("HTTP method", "GET")
    terminal.say("request body", "")
    terminal.say("try the address now", "y")
    terminal.expect("no answer: ")
    terminal.expect("does the service run")
    terminal.say("another address?", "n")
    for question in ("how many may win", "send two real requests"):
        terminal.say(question, "")
    terminal.say("says yes", "status=200")
    for question in ("says no", "where the rows are", "Kafka"):
        terminal.say(question, "")
    assert terminal.end() == 0, terminal.text
    assert written(cwd)["request"]["method"] == "GET"


def check_a_closed_terminal(cwd):
    terminal = Terminal(cwd)
    terminal.expect("URL of the endpoint")
    os.write(terminal.fd, b"\x04")
    assert terminal.end() == 3, terminal.text
    assert not (pathlib.Path(cwd) / "rushproof.yaml").exists()


def init(cwd, *arguments):
    return subprocess.run([runner.BIN / "rushproof", "init", "--output=-", *arguments], cwd=cwd, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)


def check_learnt_by_flags(cwd):
    with shop() as url:
        for path, accepted, rejected in (("/apply", {"status": [202]}, {"status": [409]}),
                                         ("/flag", {"status": [200], "json": {"isSuccess": True}},
                                          {"status": [200], "json": {"isSuccess": False}})):
            done = init(cwd, "--spend", f"--url={url}{path}", "--body={\"userId\": {{user}}}")
            assert done.returncode == 0 and "learnt: a yes is status=" in done.stderr, done
            responses = yaml.safe_load(done.stdout)["responses"]
            found = [{**rule, **({"json": json_of(rule)} if "json" in rule else {})}
                     for rule in (responses["accepted"][0], responses["rejected"][0])]
            assert found == [accepted, rejected], responses
        done = init(cwd, "--spend", f"--url={url}/same", "--body={\"userId\": {{user}}}")
        assert done.returncode == 0 and "nobody was told no" in done.stderr, done
        assert "rejected" not in yaml.safe_load(done.stdout)["responses"], done.stdout
        done = init(cwd, "--spend", f"--url={url}/nowhere", "--body={\"userId\": {{user}}}")
        assert done.returncode == 4 and not done.stdout and "is it the right path" in done.stderr, done
        done = init(cwd, "--spend", f"--url={url}/apply?again", "--body={\"userId\": {{user}}}", "--accepted=status=202")
        assert done.returncode == 0 and yaml.safe_load(done.stdout)["responses"]["rejected"], done


def check_two_answers(cwd):
    """What the second answer is: a no by its status or its words, also where its status would be a wrong address; a
    limiter's is none; a failure is nothing, and what the first one taught stays."""
    already = {"status": [200], "json": {"result": "ALREADY_APPLIED"}}
    issued = {"status": [200], "json": {"result": "이미 발급되었습니다"}}
    for path, accepted, rejected, limited in (
            ("/word", {"status": [200], "json": {"result": "ACCEPTED"}}, already, None),
            ("/korean", {"status": [200], "json": {"result": "발급 완료"}}, issued, None),
            ("/forbids", {"status": [201]}, {"status": [403]}, None),
            ("/busy", {"status": [202]}, None, {"status": [429]}), ("/breaks", {"status": [201]}, None, None)):
        with shop() as url:
            done = init(cwd, "--spend", f"--url={url}{path}", "--body={\"userId\": {{user}}}")
            assert done.returncode == 0, (path, done)
            found = yaml.safe_load(done.stdout)["responses"]
            rules = [{**rule, **({"json": json_of(rule)} if "json" in rule else {})} if (rule := (found.get(name) or [None])[0])
                     else None for name in ("accepted", "rejected", "limited")]
            assert rules == [accepted, rejected, limited], (path, found, done.stderr)
            done = init(cwd, "--spend", f"--url={url}{path}", "--body={\"userId\": {{user}}}")
            if path in ("/word", "/korean", "/apply"):
                assert done.returncode == 4 and "has that user asked before? --first-user" in done.stderr, (path, done)


def json_of(rule):
    """{pointer: value} of either spelling."""
    values = rule["json"]
    pairs = values.items() if isinstance(values, dict) else [(pair["pointer"], pair["value"]) for pair in values]
    return {name.lstrip("/"): {"true": True, "false": False}.get(value, value) for name, value in pairs}


def check_refusals(cwd):
    """By flags each value is looked at as well, and nothing is sent that nobody asked for."""
    with shop() as url:
        for flag, why in (("--accepted=status=abc", "--accepted"), ("--coupons=oracle://x ; SELECT 1", "--coupons"),
                          ("--kafka=127.0.0.1:9092", "--kafka")):
            done = init(cwd, f"--url={url}/apply?u={{{{user}}}}", flag)
            assert done.returncode == 3 and why in done.stderr and not done.stdout, done
        assert init(cwd, f"--url={url}/apply?u={{{{user}}}}").returncode == 0
        assert not Shop.asked, Shop.asked
    done = init(cwd, "--spend", "--url=http://shop.example/apply?u={{user}}")
    assert done.returncode == 3 and "--allow-host shop.example" in done.stderr, done


def check(test, tmp):
    for name, function in (("the whole interview", check_whole_interview), ("Enter all the way", check_nobody_is_asked_for),
                           ("nothing is sent unasked", check_nothing_is_sent),
                           ("two answers", check_two_answers), ("nobody listens", check_nobody_listens), ("a closed terminal", check_a_closed_terminal),
                           ("--spend learns rules", check_learnt_by_flags), ("wrong flags are refused", check_refusals)):
        cwd = pathlib.Path(tmp) / function.__name__
        cwd.mkdir()
        test.run(f"rushproof init: {name}", function, cwd)
