"""README.ko.md is README.md's first half in Korean: the same code blocks, commands, links and figures, in the same
order."""

import pathlib
import re
import sys

END = "\n## More\n"


def code(path):
    """Blocks, fenced or indented, and words in backticks; without the indentation of lists."""
    text = pathlib.Path(path).read_text().partition(END)[0]
    blocks = []
    for found in re.finditer(r"^( *)```\w*\n(.*?)^\1```", text, re.M | re.S):
        blocks.append(found[2])
    rest = re.sub(r"^( *)```\w*\n(.*?)^\1```", "", text, flags=re.M | re.S)
    blocks += re.findall(r"(?:^    .*\n|^\n(?=    ))+", rest, re.M)
    words = set(re.findall(r"`([^`\n]+)`", rest))
    headings = len(re.findall(r"^## ", text, re.M))
    codes = re.findall(r"^\| (\d+) \|", text, re.M)
    return [block.strip() for block in blocks if block.strip()], words, headings, codes


english, korean = code("README.md"), code("README.ko.md")
names = ("code blocks", "words in backticks", "headings", "exit codes")
wrong = [f"{name}: README.md has {a}, README.ko.md has {b}" for name, a, b in zip(names, english, korean) if a != b]
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
