"""Consumes the queue and saves who won, with pauses.

worker.py after: acknowledges what is saved. before: acknowledges what came, and a thread saves it later. auto: the same,
but is taken to have acknowledged what it was given. rejects: as after, but every tenth is rejected, for the dead-letter
queue. forgets: as after, but every tenth is not saved. EXCHANGE as a second word: the queue is bound to that one. QUEUE_TYPE: its x-queue-type."""

import json
import os
import queue
import random
import sys
import threading
import time

import pika

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import resp  # noqa: E402

how, exchange = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
redis = resp.Redis(os.environ["REDIS_PORT"], os.environ["REDIS_PASSWORD"])
channel = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"])).channel()
later = queue.Queue()
seen = saved = 0


def save(body):
    """With STUMBLE in the environment there is one long pause, before message STUMBLE_AT, and each save is told."""
    global saved
    saved += 1
    stumbles = os.environ.get("STUMBLE")
    time.sleep(float(stumbles) if stumbles and saved == int(os.environ["STUMBLE_AT"]) else random.uniform(0, 0.02))
    begun = time.time()
    redis.ask("HSET", "saved", str(json.loads(body)["customer"]["id"]), "1")
    if stumbles:
        print(f"saved {begun:.6f} {time.time():.6f}", flush=True)


def save_later():
    while True:
        save(later.get())


def come(channel, method, properties, body):
    global seen
    seen += 1
    if how == "rejects" and seen % 10 == 0:
        channel.basic_reject(method.delivery_tag, requeue=False)
        return
    if how in ("before", "auto"):
        later.put(body)
    elif how != "forgets" or seen % 10:
        save(body)
    if how != "auto":
        channel.basic_ack(method.delivery_tag)


arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "wins.dead"} if how == "rejects" else {}
if os.environ.get("QUEUE_TYPE"):
    arguments["x-queue-type"] = os.environ["QUEUE_TYPE"]
channel.queue_declare("wins", durable=True, arguments=arguments)
if how == "rejects":
    channel.queue_declare("wins.dead", durable=True)
if exchange:
    channel.exchange_declare(exchange, "topic", durable=True)
    channel.queue_bind("wins", exchange, "wins")
threading.Thread(target=save_later, daemon=True).start()
channel.basic_qos(prefetch_count=20)
channel.basic_consume("wins", come, auto_ack=how == "auto")
print("ready", flush=True)
channel.start_consuming()
