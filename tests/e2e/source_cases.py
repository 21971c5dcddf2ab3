"""Whole runs whose rows come from anywhere: lists over HTTP, files, commands."""

import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import runner
import stranger
from cases import case
from expecting import expect, expect_code
from store_cases import told


class Shop:
    """A service that keeps its winners in memory and shows them as a list of pages."""

    def __init__(self, limit, forgets=0, size=30, blind=False, elsewhere=""):
        self.limit, self.forgets, self.size = limit, forgets, size
        self.blind, self.elsewhere = blind, elsewhere  # looks at no page; whose address the next one has
        self.winners, self.lock = [], threading.Lock()
        self.waiting = "0"

    def answer(self, number, user, request):
        if request.command == "GET":
            return self.show(urlsplit(request.path), request)
        with self.lock:
            won = len(self.winners) < self.limit
            if won:
                self.winners.append(user)
        return stranger.as_json(201 if won else 409)

    def show(self, url, request):
        query = parse_qs(url.query)
        if url.path == "/waiting":
            return 200, "application/json", f'{{"waiting": {self.waiting}}}'.encode()
        if url.path != "/coupons":
            return 404, "text/plain", b"nothing here"
        if request.headers.get("Authorization") != "Bearer tok-7-hush":
            return stranger.as_json(401, error="who are you?")
        kept = [{"owner": {"id": user}, "id": place} for place, user in enumerate(self.winners, 1)
                if not self.forgets or place % self.forgets]
        first = int(query.get("from", ["0"])[0])
        page = {"items": kept[first:first + self.size]}
        if self.blind:
            page = {"items": kept}
        elif "page" in query:
            first = (int(query["page"][0]) - 1) * self.size
            page = {"items": kept[first:first + self.size]}
            if not page["items"]:
                return 204, "text/plain", b""
        elif "number" in query:  # as Spring counts pages
            first = int(query["number"][0]) * self.size
            page = {"items": kept[first:first + self.size]}
        elif first + self.size < len(kept):
            page["next"] = f"{self.elsewhere}/coupons?from={first + self.size}"
        return 200, "application/json", json.dumps(page).encode()


SCENARIO = """
name: e2e-%(name)s
limit: 100
stack: {redis: none, postgres: none, kafka: none}
request: {url: "http://127.0.0.1:%(port)d/apply?userId={{user}}"}
responses: {accepted: {status: 201}, rejected: {status: 409}}
load:
  - burst: {requests: 300, require: {spread: 10s, in_flight: -1}}
evidence:
  coupons:
    query: %(query)s
    url: "http://127.0.0.1:%(port)d%(path)s"
    user: /owner/id
    headers: {Authorization: "Bearer tok-7-hush"}
drain: {timeout: 3s}
"""


def scenario(bench, port, name, query, path="/coupons"):
    file = bench.path / f"{name}.yaml"
    file.write_text(SCENARIO % {"name": name, "port": port, "query": query, "path": path})
    return file


@case
def rows_that_a_service_lists_page_by_page(bench):
    for name, query, path in [("linked", "/items next=/next", "/coupons"), ("counted", "/items", "/coupons?page={{page}}"),
                              ("from-0", "/items", "/coupons?number={{page0}}")]:
        with stranger.serve(Shop(100).answer) as port:
            run = bench.run(scenario(bench, port, name, query, path), common=False)
        expect_code(run, 0)
        expect(run.result["rows"]["final"] == 100, run, "not all pages were read")
        for file in run.dir.iterdir():
            expect(not file.is_file() or b"tok-7-hush" not in file.read_bytes(), run, f"a secret is in {file.name}")


@case
def a_list_that_forgets_somebody_is_caught(bench):
    with stranger.serve(Shop(100, forgets=40).answer) as port:
        run = bench.run(scenario(bench, port, "forgets", "/items next=/next"), common=False)
    expect_code(run, 1)
    failed = {check["name"] for check in run.result["checks"] if check["verdict"] == "fail"}
    expect("lost" in failed, run, "nobody is lost")


@case
def a_list_that_cannot_be_read_ends_the_run_before_the_burst(bench):
    wrongs = [("/itms", "/coupons", "the answer has nothing at /itms"), ("/items", "/nowhere", "it answered with 404: nothing"),
              ("/items", "/coupons?from=x", "Server returned nothing|answered with 500|Empty reply")]
    for number, (query, path, words) in enumerate(wrongs):
        shop = Shop(100)
        with stranger.serve(shop.answer) as port:
            run = bench.run(scenario(bench, port, f"wrong-{number}", query, path), common=False)
        expect_code(run, 4)
        expect(re.search(words, told(run)), run, f"it is not said: {words}")
        expect("evidence.coupons" in told(run), run, "the key is not named")
        expect(not shop.winners, run, "the burst has begun")


@case
def a_list_that_looks_at_no_page_convicts_nobody(bench):
    for name, path in [("page", "/coupons?page={{page}}"), ("offset", "/coupons?from={{offset}}")]:
        with stranger.serve(Shop(100, blind=True).answer) as port:
            run = bench.run(scenario(bench, port, f"blind-{name}", "/items", path), common=False)
        expect_code(run, 2)
        words = r"page 2 has the rows of page\s+1 once more.*{{%s}}" % name
        expect(re.search(words, told(run), re.S), run, "the reason is not said")
        expect(not any(check["verdict"] == "fail" for check in run.result["checks"]), run, "somebody is convicted")


@case
def pages_that_count_from_0_are_missed_and_convict_nobody(bench):
    with stranger.serve(Shop(100).answer) as port:
        run = bench.run(scenario(bench, port, "missed", "/items", "/coupons?number={{page}}"), common=False)
    expect_code(run, 2)
    expect("page 0 has rows that no other page has" in " ".join(told(run).split()), run, "the reason is not said")


@case
def a_page_of_another_server_is_not_asked_for(bench):
    asked = []

    def other(number, user, request):
        asked.append(dict(request.headers))
        return stranger.as_json(200, items=[])

    with stranger.serve(other) as away, stranger.serve(Shop(100, elsewhere=f"http://127.0.0.1:{away}").answer) as port:
        run = bench.run(scenario(bench, port, "elsewhere", "/items next=/next"), common=False)
    expect_code(run, 2)
    expect("another server" in " ".join(told(run).split()), run, "the reason is not said")
    expect(not asked, run, "it was asked, with the headers of the first")


@case
def a_gauge_reads_whole_numbers_and_nothing_else(bench):
    for number, (waiting, code) in enumerate([("0", 0), ("0.0", 0), ('"0"', 0), ("null", 4), ("true", 4), ("0.5", 4)]):
        shop = Shop(100)
        shop.waiting = waiting
        with stranger.serve(shop.answer) as port:
            run = bench.run("--set", f"evidence.pipeline={{kind: gauge, queue: /waiting, url: 'http://127.0.0.1:{port}/waiting'}}",
                            scenario(bench, port, f"gauge-{number}", "/items next=/next"), common=False)
        expect_code(run, code)
        if code:
            expect("/waiting: " in told(run), run, "the question is not named")
        else:
            again = runner.program("rushproof", "verify", run.dir)
            expect(again.returncode == 0, run, f"verify does not read its own files: {again.stderr}")
