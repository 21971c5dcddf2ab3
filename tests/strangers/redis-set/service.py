"""A coupon service whose only store is Redis: the winners are a set.

service.py right: one script looks and adds. service.py races: how many there are is asked first."""

import os
import queue
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402
import resp  # noqa: E402

LIMIT = os.environ.get("LIMIT", "100")
SCRIPT = "if redis.call('SCARD', KEYS[1]) < tonumber(ARGV[1]) then return redis.call('SADD', KEYS[1], ARGV[2]) end return 0"
DESIGN = sys.argv[1]
pool = queue.Queue()


def apply(user):
    redis = pool.get()
    try:
        if DESIGN == "right":
            return redis.ask("EVAL", SCRIPT, "1", "winners", LIMIT, str(user)) == 1
        if redis.ask("SCARD", "winners") >= int(LIMIT):
            return False
        time.sleep(0.002)  # whatever else is asked about the user
        return redis.ask("SADD", "winners", str(user)) == 1
    finally:
        pool.put(redis)


for _ in range(8):
    pool.put(resp.Redis(os.environ["REDIS_PORT"], os.environ["REDIS_PASSWORD"]))
door.serve(apply, (201, "yours"), (409, "none left"))
