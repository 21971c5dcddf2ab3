import os
import threading

import pytest
import werkzeug.serving

import shop


@pytest.fixture
def coupons():
    counting = os.environ.get("SHOP") == "counting"
    return (shop.CountingCoupons if counting else shop.Coupons)(limit=100)


@pytest.fixture
def url(coupons):
    """The shop, served by a thread of this process."""
    server = werkzeug.serving.make_server("127.0.0.1", 0, shop.create_app(coupons), threaded=True)
    server.socket.listen(1000)  # as many as come at once; Werkzeug's own backlog is 128
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.rush(limit=100, requests=1000)
def test_a_hundred_of_a_thousand(rush, url, coupons):
    rush.post(f"{url}/coupons", '{"userId": {{user}}}')
    rush.accepted("status=201,json:/success=true").rejected("status=409,json:/success=false")
    rush.evidence(coupons.rows)
    # A cold server takes its time. Who is told yes has a row already: nobody needs to wait half a minute for one.
    rush.option("--timeout", "60s", "--set", "drain.timeout=5s")
