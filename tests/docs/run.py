"""README and the other pages as CommonMark renders them, and mkdocs build --strict, with what requirements.txt names from PyPI and no network: what it warns of fails, and so
does a page that is missing, a key or a check that is on none, or one that reaches for another server."""

import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FETCHED = ROOT / "build" / "neighbours" / "mkdocs"
SKIPPED = 77
sys.path.insert(0, str(HERE.parent / "lib"))

from tap import Tap  # noqa: E402


def have(where):
    """Can mkdocs and its theme be imported from there?"""
    return subprocess.run([sys.executable, "-c", "import mkdocs, material, markdown_it"], env={**os.environ, "PYTHONPATH": str(where)},
                          capture_output=True, check=False).returncode == 0


def fetch():
    """Why there is none, or ""."""
    if have(FETCHED) or have(""):
        return ""
    FETCHED.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", FETCHED,
               "-r", HERE / "requirements.txt"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"pip did not get mkdocs-material: {error}"
    if done.returncode or not have(FETCHED):
        shutil.rmtree(FETCHED, ignore_errors=True)
        return f"pip cannot get mkdocs-material: {(done.stderr.splitlines() or ['?'])[-1]}"
    return ""


def offline():
    """What a command begins with to have no network; nothing where that is not allowed."""
    for prefix in (["unshare", "--net"], ["unshare", "--user", "--net"]):
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    return []


def build(site):
    where = str(FETCHED) if have(FETCHED) else ""
    # Not in the repository: what mkdocs leaves behind is nobody's.
    source = site.parent / "source"
    shutil.copytree(ROOT / "docs", source / "docs")
    shutil.copy(ROOT / "mkdocs.yml", source / "mkdocs.yml")
    return subprocess.run([*offline(), sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", site], cwd=source,
                          env={**os.environ, "PYTHONPATH": where}, capture_output=True, text=True, timeout=600, check=False)


def check_built(done):
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, done.stderr


def tokens_of(path):
    """As GitHub reads it: CommonMark, and tables."""
    from markdown_it import MarkdownIt  # pylint: disable=import-outside-toplevel
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def check_renders(path):
    """No fence is lost or left open, code that is meant for the item above it is inside of that item, and no text shows marks
    that were meant for the renderer."""
    fences = re.findall(r"^( *)```[^`\n]*\n.*?^\1```", path.read_text(encoding="utf-8"), re.M | re.S)
    tokens, behind_list = tokens_of(path), False
    rendered = sum(1 for token in tokens if token.type == "fence")
    assert rendered == len(fences), f"{len(fences)} fences are written, {rendered} are rendered"
    for token in tokens:
        assert not (token.type == "code_block" and token.level == 0 and behind_list), \
            f"line {token.map[0] + 1}: indent it as far as the text of the item above it, and by 4"
        if token.level == 0:
            behind_list = token.type.endswith("_list_close")
        if token.type == "inline":
            shown = "".join(child.content for child in token.children if child.type == "text")
            assert "```" not in shown and "](" not in shown, f"line {token.map[0] + 1}: {shown[:100]}"


def check_lists(path):
    """A numbered list goes on behind the code below its items: it does not end there and begin anew."""
    starts = [int(token.attrs.get("start", 1)) for token in tokens_of(path) if token.type == "ordered_list_open"]
    assert all(start == 1 for start in starts), f"lists that go on elsewhere begin with {starts}"


def check_fences_are_seen():
    """The check is not blind: code that is not indented far enough ends the list, which begins anew."""
    with tempfile.TemporaryDirectory() as tmp:
        bad = pathlib.Path(tmp) / "bad.md"
        for text, check in (("1. one\n\n```sh\nls\n```\n\n2. two\n", check_lists), ("- one\n\n    ls\n\n ```sh\nls\n", check_renders)):
            bad.write_text(text, encoding="utf-8")
            try:
                check(bad)
            except AssertionError:
                continue
            raise AssertionError(f"nothing was seen in {text!r}")


def words_of(site, *names):
    text = "".join((site / name / "index.html").read_text(encoding="utf-8") for name in names)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def check_pages(site):
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix("")
        built = site / "index.html" if str(name) == "index" else site / name / "index.html"
        assert built.exists(), f"{built} was not built"
        title = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.M).group(1)
        assert re.sub(r"[`*]", "", title) in html.unescape(built.read_text(encoding="utf-8")), page


def schema_of():
    return json.loads((ROOT / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8"))


def keys_in(node, found):
    """Every name of a property, however deep."""
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            found.update(name for name, inner in properties.items() if isinstance(inner, dict))
        for inner in node.values():
            keys_in(inner, found)
    for inner in node if isinstance(node, list) else []:
        keys_in(inner, found)
    return found


def check_keys(site):
    words = set(re.findall(r"[a-z][a-z0-9_]*", words_of(site, "reference/keys", "reference/checks")))
    missing = sorted(key for key in keys_in(schema_of(), set()) if key not in words)
    assert not missing, f"keys on no page: {missing}"


def names_of_checks():
    """From the program's own table, as its reference page lists it."""
    text = (ROOT / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z_]+)`", text, re.M)


def check_checks(site):
    names, words = names_of_checks(), words_of(site, "reference/checks")
    assert len(names) > 20, names
    schema = json.dumps(schema_of())
    missing = [name for name in names if name not in words or f'"{name}"' not in schema]
    assert not missing, f"checks on no page, or in no schema: {missing}"


def check_commands(site):
    words = words_of(site, "reference/commands")
    for name in ("run", "check", "explore", "init", "report", "compare", "doctor"):
        assert f"rushproof {name}" in words, name


def check_stays_at_home(site):
    """What a browser loads by itself is all in the site."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]*\bsrc=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]*rel=\"(?:stylesheet|icon|preload)\"[^>]*href=\"([^\"]+)\"", text)
        away = [address for address in loaded if re.match(r"(https?:)?//", address)]
        assert not away, f"{page}: {away}"


def main():
    if sys.argv[1:] == ["--fetch"]:
        why = fetch()
        if why:
            print(f"skipped: {why}")
        raise SystemExit(SKIPPED if why else 0)
    if not have(FETCHED) and not have(""):
        print("skipped: there is no mkdocs-material; tests/docs/run-prepare.sh fetches it from PyPI")
        raise SystemExit(SKIPPED)
    sys.path.insert(0, str(FETCHED))
    tap = Tap()
    tap.run("code that ends a list is seen", check_fences_are_seen)
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]):
        tap.run(f"{page.relative_to(ROOT)} renders: code is code, lists go on", lambda page=page: (check_renders(page), check_lists(page)))
    with tempfile.TemporaryDirectory(prefix="rushproof-docs.") as tmp:
        site = pathlib.Path(tmp) / "site"
        tap.run("mkdocs build --strict says nothing, without a network", check_built, build(site))
        tap.run("every page is built, under its title", check_pages, site)
        tap.run("every key of a scenario is on the site", check_keys, site)
        tap.run("every check is on the site", check_checks, site)
        tap.run("every command is on the site", check_commands, site)
        tap.run("the site loads nothing from elsewhere", check_stays_at_home, site)
    tap.end()


main()
