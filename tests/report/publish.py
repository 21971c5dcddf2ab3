"""Publishes saved runs as samples: publish.py RUN-DIRECTORY…

Copies a run's files (not its logs) to reports/sample/<scenario>/ and makes pictures of its page: page.png down to the
drain's chart, drain.png and burst.png."""

import json
import pathlib
import shutil
import sys

from browser import Browser

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "reports" / "sample"
FILES = ["report.html", "result.json", "junit.xml", "summary.md", "metrics.prom", "result.tsv", "history.csv", "timeline.csv",
         "coupons.csv", "parked.csv", "before.csv", "produced.csv", "scenario.yaml"]


def publish(browser, source):
    name = json.loads((source / "result.json").read_text(encoding="utf-8"))["scenario"]
    target = SAMPLES / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in FILES:
        if (source / file).exists():
            shutil.copyfile(source / file, target / file)
    page = browser.open(target / "report.html", width=1160)
    page.screenshot(target / "page.png", "html", until="#drain")
    page.screenshot(target / "drain.png", "#drain")
    page.screenshot(target / "burst.png", "#burst")
    found = page.complaints()
    page.close()
    if found:
        raise RuntimeError(found)
    print(target)


def main():
    with Browser() as browser:
        for source in sys.argv[1:]:
            publish(browser, pathlib.Path(source))


if __name__ == "__main__":
    main()
