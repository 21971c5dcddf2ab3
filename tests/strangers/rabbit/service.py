"""A coupon service that counts in Redis, tells RabbitMQ who has won, and leaves the rest to whoever consumes that.

service.py EXCHANGE; "" is the default one."""

import json
import os
import queue
import sys

import pika

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402
import resp  # noqa: E402

EXCHANGE = sys.argv[1]
pool = queue.Queue()


class Session:
    def __init__(self):
        self.redis = resp.Redis(os.environ["REDIS_PORT"], os.environ["REDIS_PASSWORD"])
        self.channel = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"])).channel()
        self.channel.confirm_delivery()

    def apply(self, user):
        if self.redis.ask("INCR", "given") > int(os.environ.get("LIMIT", "100")):
            return False
        self.channel.basic_publish(EXCHANGE, "wins", json.dumps({"customer": {"id": user}}).encode())
        return True


def apply(user):
    session = pool.get()
    try:
        return session.apply(user)
    finally:
        pool.put(session)


for _ in range(8):
    pool.put(Session())
door.serve(apply, (202, "you will hear from us"), (410, "none left"))
