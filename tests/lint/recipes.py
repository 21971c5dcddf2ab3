"""README.md and docs/ci.md show the recipes as they are in examples: what is read is what is linted, and run."""

import pathlib
import re
import sys


def blocks(page):
    return [block.strip() for block in re.findall(r"^```yaml\n(.*?)^```", pathlib.Path(page).read_text(), re.M | re.S)]


wrong = [f"{page} does not show {path} as it is" for page, kept in (("README.md", "*.yaml"), ("docs/ci.md", "ci/*.yml"))
         for path in sorted(pathlib.Path("examples").glob(kept)) if path.read_text().strip() not in blocks(page)]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
