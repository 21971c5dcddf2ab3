"""docs/ci.md shows the CI recipes as they are in examples/ci: what is read is what is linted."""

import pathlib
import re
import sys

page = pathlib.Path("docs/ci.md").read_text()
blocks = [block.strip() for block in re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)]
wrong = [f"docs/ci.md does not show {path} as it is" for path in sorted(pathlib.Path("examples/ci").glob("*.yml"))
         if path.read_text().strip() not in blocks]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
