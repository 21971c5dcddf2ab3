"""report.html in a real browser: it complains about nothing, asks nobody for anything, shows whom checks name, and
no text from outside ever becomes part of the page."""

import pathlib
import re
import subprocess

from browser import Browser
from check_files import plant

SIZES = {"desk": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844, "phone": True}}


def check_opens(browser, path, size):
    page = browser.open(path / "report.html", **SIZES[size])
    found = page.complaints()
    assert not found, "\n".join(found)
    wide = page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels too wide"
    assert page.value("document.documentElement.classList.contains('scripted')"), "the scripts did not run"
    page.close()


def check_charts(browser, path, expected):
    """Every chart has drawn something: a canvas that is not all of one colour."""
    page = browser.open(path / "report.html")
    blank = page.value("""[...document.querySelectorAll("canvas")].filter((canvas) => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return !pixels.some((value, i) => value !== pixels[i % 4]);
    }).map((canvas) => canvas.getAttribute("aria-label"))""")
    count = page.value("document.querySelectorAll('canvas').length")
    page.close()
    assert count == expected, f"{count} charts"
    assert not blank, f"nothing is drawn in {blank}"


def check_click(browser, path):
    """A closed check opens by a click, and shows its users; a user is then found in the raster."""
    page = browser.open(path / "report.html")
    visible = "document.querySelector('details.fail .body').checkVisibility()"
    assert page.value(visible), "what failed is open from the start"
    page.click("details.fail summary")
    assert not page.value(visible)
    page.click("details.fail summary")
    assert page.value(visible)
    passed = "[...document.querySelectorAll('details.pass .body')].some((body) => body.checkVisibility())"
    assert not page.value(passed)
    page.click("details.pass summary")
    assert page.value(passed)
    users = page.value("[...document.querySelectorAll('details[open] tr[data-user]')].map((row) => row.dataset.user)")
    assert users == ["18", "41", "441", "19"], users
    page.click("tr[data-user='441']")
    assert page.value("document.querySelector('tr.chosen').dataset.user") == "441"
    page.hover("#raster canvas")
    tip = page.value("document.querySelector('.tip').textContent")
    assert tip.startswith("user 44") and "rejected" in tip, tip
    found = page.complaints()
    page.close()
    assert not found, found


def check_pair_of_users(browser, path):
    page = browser.open(path / "report.html")
    page.click("tr[data-other]")
    page.click("#raster-tools button")
    page.click("#drain-tools button:last-child")
    assert page.value("document.querySelector('#drain-tools [aria-pressed=true]').textContent") == "to the end"
    found = page.complaints()
    page.close()
    assert not found, found


def check_hostile(browser, path):
    page = browser.open(path / "report.html")
    title = page.value("document.title")
    assert title == "</title><script>document.title='owned'</script>&\"' | x: fail", title
    heading = page.value("document.querySelector('h1').textContent")
    assert heading.startswith("</title><script>"), heading
    assert page.value("document.scripts.length") == 3
    assert page.value("document.querySelectorAll('img, b:not(.notes b), iframe, a:not(footer a, #logs a)').length") == 0
    assert set(page.value("[...document.querySelectorAll('a')].map((link) => link.protocol)")) == {"file:"}
    assert "<script>alert(1)</script>" in page.value("document.body.innerText")
    assert page.value("document.querySelector(\"tr[data-user='9223372036854775807']\") !== null")
    page.click("tr[data-user='9223372036854775807']")
    assert page.value("document.querySelector('tr.chosen').dataset.user") == "9223372036854775807"
    found = page.complaints()
    page.close()
    assert not found, found


def check_lanes(browser, path):
    """The race is a table without scripts; its statements are lanes, walked through and filtered by keys alone."""
    page = browser.open(path / "report.html")
    rows = page.value("[...document.querySelectorAll('#race tbody tr')].map((row) => row.cells[2].textContent)")
    assert rows == ["99"] * 13, rows
    assert page.value("document.querySelector('select[name=lanes-of]').value") == "race"
    assert page.value("document.querySelector('#lanes-scrub output').textContent") == "26 statements"
    page.value("document.querySelector('input[name=lanes-at]').focus()")
    for _ in range(2):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", {"type": kind, "key": "ArrowRight", "code": "ArrowRight",
                                                 "windowsVirtualKeyCode": 39})
    page.settle()
    said = page.value("document.querySelector('input[name=lanes-at]').getAttribute('aria-valuetext')")
    assert said.startswith("32 ms") and "user 102 (a guess, by time)" in said and ": 99, held for" in said, said
    assert said.replace("; ", "\n") == page.value("document.querySelector('#lanes-scrub output').textContent")
    for name, value in (("lanes-by", "user"), ("lanes-of", "all")):
        page.value(f"""(() => {{
            const select = document.querySelector("select[name={name}]");
            select.value = "{value}";
            select.dispatchEvent(new Event("change"));
        }})()""")
    assert page.value("document.querySelector('#lanes-scrub output').textContent") == "1,112 statements"
    page.hover("#lanes-chart canvas")
    named = page.value("""[...document.querySelectorAll("#lanes input, #lanes select, #lanes button, #lanes canvas")]
        .filter((each) => !(each.labels && each.labels.length) && !each.getAttribute("aria-label") && !each.textContent).length""")
    assert named == 0, "something on the page has no name for a screen reader"
    found = page.complaints()
    page.close()
    assert not found, found


def check_policy(browser, path, work):
    """A script that somebody smuggles into the page does not run: the policy is not decoration. The page that was
    tampered with also proves that complaints are noticed at all."""
    text = (path / "report.html").read_text(encoding="utf-8")
    bad = work / "smuggled.html"
    bad.write_text(text.replace("<main>", "<main><script>document.title = 'owned'</script><p onclick='1' style='color: red'>"
                                "<img src='https://example.com/x.png'>", 1), encoding="utf-8")
    page = browser.open(bad)
    found = page.complaints()
    title = page.value("document.title")
    page.close()
    bad.unlink()
    assert title != "owned"
    assert any("script-src" in text for text in found), f"no complaint about the script: {found}"
    assert any("img-src" in text or "request" in text for text in found), f"no complaint about the picture: {found}"


def check_without_scripts(browser, path):
    """A viewer that runs no scripts still has the verdict, the checks and the users."""
    text = (path / "report.html").read_text(encoding="utf-8")
    body = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    for wanted in ("<strong>fail</strong>", "lost", 'data-user="441"', "All figures"):
        assert wanted in body, wanted


def check_print(browser, path):
    page = browser.open(path / "report.html", dark=True)
    pdf = pathlib.Path(path) / "page.pdf"
    page.pdf(pdf)
    size = pdf.stat().st_size
    pdf.unlink()
    assert size > 20000, f"{size} bytes of PDF"
    assert not page.value("document.documentElement.classList.contains('printing')"), "still in the colours of print"
    found = page.complaints()
    page.close()
    assert not found, found


def check_pair(browser, programs, kinds):
    """Two runs on one page."""
    page_path = kinds["pass"] / "pair.html"
    subprocess.run([programs / "rushproof", "report", kinds["pass"], kinds["fail24"], "--output", page_path], check=True,
                   stdout=subprocess.DEVNULL)
    page = browser.open(page_path)
    found = page.complaints()
    verdicts = page.value("[...document.querySelectorAll('.verdict strong')].map((mark) => mark.textContent)")
    charts = page.value("document.querySelectorAll('canvas').length")
    differs = page.value("document.querySelectorAll('tr.differs').length")
    page.close()
    page_path.unlink()
    assert not found, found
    assert verdicts == ["pass", "fail"] and charts == 2 and differs > 3, (verdicts, charts, differs)


def check(tap, programs, work):
    kinds = plant(programs, work)
    with Browser() as browser:
        for kind, path in kinds.items():
            for size in SIZES:
                tap.run(f"{kind}: the page opens, {size}", check_opens, browser, path, size)
        for kind, count in (("pass", 4), ("fail24", 4), ("raced", 5), ("talkative", 5), ("million", 4)):
            tap.run(f"{kind}: all charts are drawn", check_charts, browser, kinds[kind], count)
        tap.run("a click on a check shows its users, a click on a user finds it", check_click, browser, kinds["lossy"])
        tap.run("pairs of users, zoom and the late window", check_pair_of_users, browser, kinds["unfair"])
        tap.run("lanes of statements: keys, filter, words", check_lanes, browser, kinds["raced"])
        tap.run("texts from outside stay texts", check_hostile, browser, kinds["hostile"])
        tap.run("the policy stops what is smuggled in", check_policy, browser, kinds["pass"], work)
        tap.run("the page tells its story without scripts", check_without_scripts, browser, kinds["lossy"])
        tap.run("the page prints in light colours", check_print, browser, kinds["fail24"])
        tap.run("two runs side by side", check_pair, browser, programs, kinds)
