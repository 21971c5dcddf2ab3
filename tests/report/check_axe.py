"""Every page by axe-core, the accessibility checker that browsers' own audits use: no violation, light and dark, at 390 and
1280 pixels. axe-core comes from npm, in the version of package-lock.json, and is for tests alone; without npm, or when it
cannot be had, this says so and is left out. AXE_CORE names an axe.min.js that is there already."""

import os
import pathlib
import shutil
import subprocess
import sys

from browser import Browser
from check_files import plant
from check_index import half_a_year

HERE = pathlib.Path(__file__).resolve().parent
FETCHED = HERE.parents[1] / "build" / "neighbours" / "axe"
SCRIPT = FETCHED / "node_modules" / "axe-core" / "axe.min.js"
KINDS = ("pass", "fail24", "lossy", "unfair", "stalled", "invalid", "broken", "interrupted", "raced", "talkative", "faults")
RULES = """axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map((violation) =>
    violation.id + ": " + violation.help + "\\n" + violation.nodes.slice(0, 5).map((node) =>
        "    " + node.target.join(" ") + " " + node.html.slice(0, 200) + "\\n      "
        + node.failureSummary.replace(/\\s+/g, " ").slice(0, 300)).join("\\n")))"""


def fetch():
    """Why there is none, or ""."""
    if not shutil.which("npm"):
        return "there is no npm: apt-get install npm"
    FETCHED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FETCHED / name)
    try:
        done = subprocess.run(["npm", "ci", "--prefix", FETCHED, "--no-audit", "--no-fund", "--ignore-scripts"],
                              capture_output=True, text=True, timeout=240, check=False)
    except subprocess.TimeoutExpired:
        return "npm did not get axe-core within 4 minutes"
    if done.returncode or not SCRIPT.exists():
        return f"npm cannot get axe-core: {(done.stderr.splitlines() or ['?'])[-1]}"
    return ""


def find_axe():
    """The script's text, or why there is none."""
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return None, "there is no Chromium: apt-get install chromium"
    script = pathlib.Path(os.environ.get("AXE_CORE") or SCRIPT)
    if not script.exists():
        return None, f"there is no {script}: tests/report/run-prepare.sh fetches it from npm"
    return script.read_text(encoding="utf-8"), ""


def check_page(browser, axe, path, width=1280, scheme="light"):
    page = browser.open(path, width=width, height=900, dark=scheme == "dark", phone=width < 600)
    page.call("Runtime.evaluate", {"expression": axe})
    found = page.value(RULES)
    page.close()
    assert not found, "\n".join(found)


def check_axe_finds(browser, axe, work):
    """A page with a picture without words and grey on grey: the checker is not blind."""
    bad = work / "bad.html"
    bad.write_text("<title>bad</title><main><h1>x</h1><img src='data:,'><p style='color:#bbb;background:#ccc'>words</p></main>")
    try:
        check_page(browser, axe, bad)
    except AssertionError as error:
        assert "image-alt" in str(error) and "color-contrast" in str(error), error
    else:
        raise AssertionError("nothing was found")


def explored(programs, work):
    """The page of a violation that a real `rushproof explore` has found, with the race and the lanes of its statements. A
    machine that is too busy may need a second try."""
    for number in range(3):
        output = work / f"axe-explore-{number}"
        done = subprocess.run([programs / "rushproof", "explore", "count-race", "--set", "limit=1", "--set",
                               "load.0.burst.requests=5", "--output", output], capture_output=True, text=True, timeout=300,
                              check=False)
        found = sorted(output.glob("count-race/*/violation-1/report.html"))
        if found:
            return found[0]
    raise AssertionError(f"exit {done.returncode}\n{done.stdout}\n{done.stderr}")


def check_explored(browser, path):
    """It has what only such a page has: who read what, and lanes in which the held statements are drawn."""
    page = browser.open(path)
    assert page.value("document.querySelectorAll('#race tbody tr').length") >= 2
    assert page.value("document.querySelector('#lanes-chart canvas') !== null"), "no lanes"
    blank = page.value("""[...document.querySelectorAll("canvas")].filter((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return !pixels.some((value, i) => value !== pixels[i % 4]);
    }).map((canvas) => canvas.getAttribute("aria-label"))""")
    complaints = page.complaints()
    page.close()
    assert not blank and not complaints, (blank, complaints)


def pages(programs, kinds, work):
    for kind in KINDS:
        yield kind, kinds[kind] / "report.html"
    pair = work / "axe-pair.html"
    subprocess.run([programs / "rushproof", "report", kinds["pass"], kinds["fail24"], "--output", pair], check=True,
                   stdout=subprocess.DEVNULL)
    yield "pair", pair
    shelf = half_a_year(work / "axe-runs", kinds["pass"])
    assert shelf.index(programs).returncode == 0
    yield "index", shelf.root / "index.html"
    yield "explored", explored(programs, work)


def check(tap, programs, work):
    kinds = plant(programs, work)
    axe, why = find_axe()
    if not axe:
        print(f"skipped: the pages by axe-core: {why}", flush=True)
        return
    with Browser() as browser:
        tap.run("axe: finds what is wrong", check_axe_finds, browser, axe, work)
        for name, path in pages(programs, kinds, work):
            if name == "explored":
                tap.run("the page of an explore: its race and its lanes", check_explored, browser, path)
            for scheme in ("light", "dark"):
                for width in (1280, 390):
                    tap.run(f"axe: {name}, {scheme}, {width} pixels", check_page, browser, axe, path, width, scheme)


if __name__ == "__main__" and sys.argv[1:] == ["--fetch"]:
    if not SCRIPT.exists() and (reason := fetch()):
        print(f"no axe-core: {reason}")
