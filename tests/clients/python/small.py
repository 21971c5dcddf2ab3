"""What passes: results in the test, a scenario file, rows of all kinds."""

import collections
import json
import sqlite3
import types
import uuid

import pytest
import pytest_rushproof
import shop as shops

YAML = """
name: shop
limit: 10
request: {{url: "{url}", timeout: 60s}}
responses: {{accepted: {{status: 201}}, rejected: {{status: 409}}}}
load: [burst: {{requests: 50, require: {{spread: 10s}}}}]
"""


@pytest.fixture
def shop():
    made = shops.Shop(10)
    yield made
    made.close()


def asked(rush, shop):
    rush.option("--timeout", "60s", "--set", "load.0.burst.require.spread=10s")
    return rush.post(shop.url).accepted("status=201").rejected("status=409").evidence(lambda: list(shop.owners))


@pytest.mark.rush(limit=10, requests=50)
def test_marked(rush, shop):
    asked(rush, shop)


@pytest.mark.rush(limit=10, requests=50)
def test_fired(rush, shop):
    result = asked(rush, shop).fire()
    assert result.figure("rows.final") == 10 and result.verdict == "pass"


@pytest.mark.rush
@pytest.mark.parametrize("word", ["1", "2/ü"])
def test_file(rush, shop, tmp_path, word):
    (tmp_path / "shop.yaml").write_text(YAML.format(url=shop.url))
    rush.file(tmp_path / "shop.yaml").evidence(lambda: list(shop.owners))


@pytest.mark.parametrize("word", ["ü/"])
def test_unmarked(rush, shop, word):
    rush.option("--limit", 10, "--requests", 50)
    result = asked(rush, shop).fire()
    assert result.passed, result.describe()
    assert rush.checks() and all(check.passed for check in rush.checks())


Held = collections.namedtuple("Held", "user_id id")


def test_rows():
    def becomes(*rows):
        return [json.loads(json.dumps(pytest_rushproof._row(row), default=str)) for row in rows]

    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    first = {"user_id": 1, "id": 10}
    assert becomes(1, "é", uuid.UUID(int=1), None) == [1, "é", str(uuid.UUID(int=1)), None]
    assert becomes((1, 10), [2]) == [[1, 10], [2]]
    assert becomes({"userId": 1, "id": 10, "x": []}, Held(1, 10), types.SimpleNamespace(user=1, id=10)) == [first] * 3
    assert becomes(database.execute("SELECT 1 AS user_id, 10 AS id").fetchone()) == [first]
    assert becomes(database.execute("SELECT 1 AS member, 10").fetchone()) == [[1, 10]]
    for nobody in ({"name": 1}, types.SimpleNamespace(name=1)):
        with pytest.raises(TypeError, match="user_id, userId, user"):
            becomes(nobody)
