"""A coupon service that decides in Redis and leaves the rest to whoever reads its stream, or takes from its list.

service.py stream; service.py list."""

import os
import queue
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402
import resp  # noqa: E402

SCRIPT = """
if redis.call('INCR', 'given') > tonumber(ARGV[1]) then return 0 end
%s
return 1
""" % {
    "stream": """redis.call('XADD', 'wins', '*', 'payload', '{"customer": {"id": ' .. ARGV[2] .. '}}')""",
    "list": "redis.call('LPUSH', 'jobs', ARGV[2])",
}[sys.argv[1]]
pool = queue.Queue()


def apply(user):
    redis = pool.get()
    try:
        return redis.ask("EVAL", SCRIPT, "0", os.environ.get("LIMIT", "100"), str(user)) == 1
    finally:
        pool.put(redis)


for _ in range(8):
    pool.put(resp.Redis(os.environ["REDIS_PORT"], os.environ["REDIS_PASSWORD"]))
door.serve(apply, (202, "you will hear from us"), (410, "none left"))
