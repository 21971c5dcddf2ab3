"""index.html: all runs of a directory on one page. Results are planted, by the hundred, with what happens to a scenario in
half a year: a figure that gets worse, a check that comes and goes, runs that were cut off."""

import copy
import datetime
import json
import os
import random
import subprocess

from browser import Browser
from check_files import plant

KB = 1000
START = datetime.datetime(2026, 1, 1, 6, tzinfo=datetime.timezone.utc)


class Shelf:
    """A directory of planted results; each is the planted pass with other figures."""

    def __init__(self, root, template, seed=20):
        self.root = root
        self.template = json.loads((template / "result.json").read_text(encoding="utf-8"))
        self.random = random.Random(seed)
        self.count = 0
        root.mkdir()

    def add(self, scenario, name=None, verdict="pass", **figures):
        """figures: p99 (us), spread (us), last_row (ms), transactions, failing (names of checks). Returns the directory."""
        result = copy.deepcopy(self.template)
        began = START + datetime.timedelta(hours=8 * self.count)
        stamp = began.strftime("%Y%m%dT%H%M%S") + f".{self.count % 1000:03}Z"
        self.count += 1
        draw = self.random.lognormvariate
        p99 = figures.get("p99", 40000 * draw(0, 0.15))
        result.update(scenario=scenario, verdict=verdict, exit_code={"pass": 0, "fail": 1, "unknown": 2}[verdict],
                      started_wall_ns=int(began.timestamp()) * 10**9, attempt=figures.get("attempt", 1))
        result["latency_us"].update(p50=int(12000 * draw(0, 0.1)), p99=int(p99))
        result["load"]["spread_us"] = int(5000 * draw(0, 0.2))
        result["drain"]["after_last_response_ms"] = figures.get("last_row", round(20 * draw(0, 0.2), 3))
        result["database"].update(transactions=figures.get("transactions", 120 + self.random.randrange(5)),
                                  wal_bytes=20000 + self.random.randrange(900))
        for check in result["checks"]:
            if check["name"] in figures.get("failing", ()):
                check["verdict"] = verdict
        directory = self.root / (name or scenario) / stamp
        directory.mkdir(parents=True)
        (directory / "result.json").write_text(json.dumps(result), encoding="utf-8")
        (directory / "report.html").write_text("<title>a report</title>", encoding="utf-8")
        return directory

    def index(self, programs, *more, **kwargs):
        return subprocess.run([programs / "rushproof", "report", "--index", self.root, *more], capture_output=True, text=True,
                              timeout=120, check=False, **kwargs)

    def page(self):
        return (self.root / "index.html").read_text(encoding="utf-8")


def told(done):
    return f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def half_a_year(root, template):
    """500 runs of three scenarios: p99 of kafka gets worse, lost of redis comes and goes, count fails from some day on."""
    shelf = Shelf(root, template)
    for i in range(300):
        shelf.add("kafka", p99=(70000 if i >= 200 else 40000) * shelf.random.lognormvariate(0, 0.15))
    for i in range(120):
        flaky = i in (40, 41, 77)
        shelf.add("redis", verdict="fail" if flaky else "pass", failing=("lost",) if flaky else ())
    for i in range(80):
        shelf.add("count", verdict="fail" if i >= 70 else "pass", failing=("cap_exact",) if i >= 70 else ())
    return shelf


def check_what_is_told(programs, shelf):
    done = shelf.index(programs)
    assert done.returncode == 0 and done.stdout.strip() == str(shelf.root / "index.html") and not done.stderr, told(done)
    page = shelf.page()
    notes = page.partition('<ul class="notes">')[2].partition("</ul>")[0]
    lines = [line for line in notes.splitlines() if line.startswith("<li")]
    assert any("<b>count</b> has not passed since" in line and "(10 runs)" in line for line in lines), notes
    worse = [line for line in lines if "<b>kafka</b> " in line]
    assert len(worse) == 1 and "latency p99: " in worse[0] and "since 2026-03-" in worse[0], notes
    flaky = [line for line in lines if "comes and goes" in line]
    assert len(flaky) == 1 and ">lost</span>" in flaky[0] and "of 120 runs it failed in 3 and was unknown in 0" in flaky[0], notes
    # 3 scenarios of 6 figures: what is marked by chance is one in a hundred series.
    assert len(lines) <= 4, notes
    assert "at most 1 is marked by chance" in page and "18 series" in page
    assert page.count("<tr><td class=\"when\"><a href=") == 500


def check_size(shelf):
    size = (shelf.root / "index.html").stat().st_size
    print(f"# index.html of {shelf.count} runs: {size} bytes", flush=True)
    assert size <= 600 * KB, f"{size} bytes"


def check_one_file(shelf):
    page = shelf.page()
    assert "http://" not in page and "https://" not in page and "<img" not in page and "@import" not in page
    assert page.count("<script") == 1 and page.count("<style") == 1


def check_opens(browser, shelf):
    for size in ({}, {"dark": True}, {"width": 390, "height": 844, "phone": True}):
        page = browser.open(shelf.root / "index.html", **size)
        found = page.complaints()
        took = page.value("performance.getEntriesByType('navigation')[0].loadEventEnd")
        wide = page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.close()
        print(f"# opens within {took:.0f} ms", flush=True)
        assert not found, found
        assert wide <= 0, f"{wide} pixels too wide"
        assert took < 10000, f"{took} ms"  # a second on a machine of one's own; a busy one is no fault


def check_pointer(browser, shelf):
    """The run under the pointer is named, and a click opens its report."""
    page = browser.open(shelf.root / "index.html")
    page.hover("#s1 .plot svg", 0.99)
    tip = page.value("document.querySelector('#s1 .tip:not([hidden])').textContent")
    last = page.value("document.querySelector('#s1 .runs tbody tr').cells[0].textContent")
    assert tip.startswith(last), (tip, last)
    page.click("#s1 .plot svg", leaves=True)
    page.wait("document.title === 'a report'")
    page.close()


def check_same_bytes(programs, shelf):
    before = (shelf.root / "index.html").read_bytes()
    assert shelf.index(programs).returncode == 0
    assert (shelf.root / "index.html").read_bytes() == before


# ---- what is in the way ----

def check_broken(programs, template, work):
    shelf = Shelf(work / "broken", template)
    good = shelf.add("kafka")
    bad = [shelf.add("kafka") for _ in range(6)]
    for text, directory in zip(("", "{", "[" * 5000, '{"schema": 1}', '"no object"'), bad):
        (directory / "result.json").write_text(text)
    (bad[5] / "result.json").unlink()
    os.mkfifo(bad[5] / "result.json")
    cut_off = shelf.root / "kafka" / "20270101T000000.000Z"
    cut_off.mkdir()
    (cut_off / "rushproof.log").write_text("began\n")
    explored = shelf.add("kafka")
    (explored / "explore.json").write_text("{}")
    (shelf.root / "latest").symlink_to(good)
    (shelf.root / "loop").symlink_to(shelf.root)
    (shelf.root / "notes").mkdir()
    (shelf.root / "notes" / "readme.txt").write_text("no run\n")
    done = shelf.index(programs)
    page = shelf.page()
    assert done.returncode == 0 and "left out: " in done.stderr and "(and 6 more" in done.stderr, told(done)
    assert page.count("<tr><td class=\"when\"><a href=") == 1
    left = page.partition('id="left-out"')[2]
    for directory in [*bad, cut_off]:
        assert f"<code>kafka/{directory.name}</code>: " in left, directory
    assert "cut off, or not over yet" in left and "1 of <code>rushproof explore</code>" in left
    assert "loop" not in page and "latest" not in page and "notes/" not in page


def check_attempts(programs, template, work):
    shelf = Shelf(work / "attempts", template)
    shelf.add("kafka", verdict="unknown", attempt=1)
    shelf.add("kafka", attempt=2)
    assert shelf.index(programs).returncode == 0
    page = shelf.page()
    assert page.count("<tr><td class=\"when\"><a href=") == 1 and "1 attempts that were no bursts" in page


NASTY = "</title><script>document.title='owned'</script>&\"' | x"


def check_hostile(programs, browser, template, work):
    shelf = Shelf(work / "hostile \"'<b>&#", template)
    for name in ("javascript:alert(1)", "a\"onmouseover=\"x", "..%2f", "new\nline", "<img src=x onerror=alert(1)>", "ünï"):
        directory = shelf.add(NASTY, name=name)
        result = json.loads((directory / "result.json").read_text())
        result["checks"][0].update(name=NASTY, label=NASTY, verdict="fail")
        result["latency_us"].update(p50=-2**63, p99=2**63 - 1)
        result["drain"]["after_last_response_ms"] = "soon"
        (directory / "result.json").write_text(json.dumps(result))
    done = shelf.index(programs)
    assert done.returncode == 0, told(done)
    page = browser.open(shelf.root / "index.html")
    assert page.value("document.title").startswith("Runs in ")
    assert page.value("document.scripts.length") == 1
    assert page.value("document.querySelectorAll('img, iframe, [onmouseover], [onerror]').length") == 0
    links = page.value("[...document.querySelectorAll('a')].map((link) => link.protocol)")
    found = page.complaints()
    page.close()
    assert set(links) == {"file:"} and not found, (links, found)


def check_nothing(programs, template, work):
    shelf = Shelf(work / "nothing", template)
    done = shelf.index(programs)
    assert done.returncode == 3 and "there is no run in" in done.stderr and not (shelf.root / "index.html").exists(), told(done)
    done = subprocess.run([programs / "rushproof", "report", "--index", work / "nowhere"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 4 and "cannot read the directory" in done.stderr, told(done)


def check_somebody_elses(programs, template, work):
    shelf = Shelf(work / "site", template)
    shelf.add("kafka")
    (shelf.root / "index.html").write_text("<h1>My site</h1>\n")
    done = shelf.index(programs)
    assert done.returncode == 3 and "--output FILE" in done.stderr and shelf.page() == "<h1>My site</h1>\n", told(done)
    done = shelf.index(programs, "--output", shelf.root / "runs.html")
    assert done.returncode == 0 and (shelf.root / "runs.html").exists(), told(done)


SMALL = """\
name: small
limit: 1
stack: {redis: none, postgres: none, kafka: none}
request: {url: "http://127.0.0.1:9/?u={{user}}", timeout: 1s}
responses: {accepted: {status: 202}, rejected: {status: 410}}
load: [{closed: {connections: 1, requests: 2}}]
drain: {timeout: 1s}
expect: [cap_exact]
"""


def check_after_a_run(programs, work):
    """Each run leaves the page behind; somebody else's index.html stays, and that is said."""
    (work / "small.yaml").write_text(SMALL)
    for i in range(2):
        done = subprocess.run([programs / "rushproof", "run", "-q", "-o", work / "after", work / "small.yaml"],
                              capture_output=True, text=True, timeout=60, check=False)
        page = (work / "after" / "index.html").read_text()
        assert page.count("<tr><td class=\"when\"><a href=") == i + 1 and "index" not in done.stderr, told(done)
    (work / "after" / "index.html").write_text("mine")
    code = done.returncode
    done = subprocess.run([programs / "rushproof", "run", "-q", "-o", work / "after", work / "small.yaml"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code and "stays as it is" in done.stderr, told(done)
    assert (work / "after" / "index.html").read_text() == "mine"


def check(tap, programs, work):
    template = plant(programs, work)["pass"]
    work = work / "index"
    work.mkdir()
    with Browser() as browser:
        shelf = half_a_year(work / "reports", template)
        tap.run("index: what got worse, what fails, what comes and goes", check_what_is_told, programs, shelf)
        tap.run("index: 500 runs are at most 600 KB", check_size, shelf)
        tap.run("index: one file that reaches for nothing", check_one_file, shelf)
        tap.run("index: opens, light, dark and on a phone", check_opens, browser, shelf)
        tap.run("index: the pointer names runs, a click opens one", check_pointer, browser, shelf)
        tap.run("index: the same runs make the same page", check_same_bytes, programs, shelf)
        tap.run("index: broken archives are left out with a word", check_broken, programs, template, work)
        tap.run("index: attempts that do not count", check_attempts, programs, template, work)
        tap.run("index: hostile names and numbers", check_hostile, programs, browser, template, work)
    tap.run("index: nothing to show", check_nothing, programs, template, work)
    tap.run("index: somebody else's index.html stays", check_somebody_elses, programs, template, work)
    tap.run("index: written after each run", check_after_a_run, programs, work)
