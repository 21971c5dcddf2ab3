"""What must not pass, each for a reason that is told."""

import pytest
import shop as shops


def asked(rush, shop):
    return rush.option("--timeout", "60s").post(shop.url).accepted("status=201").rejected("status=409")


def gone():
    raise OSError("the table is gone")


@pytest.mark.rush(limit=10, requests=50)
def test_loses(rush):
    shop = shops.Shop(10)
    asked(rush, shop).evidence(lambda: shop.owners[:9]).option(
        "--set", "drain.timeout=2s", "--set", "drain.stall=500ms")


@pytest.mark.rush(limit=10, requests=50)
def test_evidence_raises(rush):
    asked(rush, shops.Shop(10)).evidence(gone)


@pytest.mark.rush(limit=10, requests=50)
def test_nothing_is_read(rush):
    asked(rush, shops.Shop(10))


@pytest.mark.rush(limit=10, requests=50)
def test_option_is_wrong(rush):
    asked(rush, shops.Shop(10)).option("--nonsense")


@pytest.mark.rush(limit=10, requests=50)
def test_nobody_listens(rush):
    shop = shops.Shop(10)
    shop.close()
    asked(rush, shop).evidence(lambda: shop.owners)


@pytest.mark.rush(limit=10, requests=50)
def test_without_the_fixture():
    pass


@pytest.mark.rush(limit=10, requests=50)
def test_body_raises(rush):
    raise ValueError("before the rush")
