"""README shows the recipes as they are in examples: what is read is what is linted, and run."""

import pathlib
import re
import sys

readme = pathlib.Path("README.md").read_text()
blocks = [block.strip() for block in re.findall(r"^```yaml\n(.*?)^```", readme, re.M | re.S)]
wrong = [f"README.md does not show {path} as it is" for path in sorted(pathlib.Path("examples").rglob("*.y*ml"))
         if path.read_text().strip() not in blocks]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
