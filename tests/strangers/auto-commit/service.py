"""A coupon service that knows Kafka by its console tools: a number in memory decides, winners go to a topic as text."""

import os
import queue
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402

LIMIT = int(os.environ.get("LIMIT", "100"))

lock = threading.Lock()
issued = 0
waiting = queue.Queue()


def relay():
    """Winners in twos and tens, by a producer for each batch, which ends when the broker has them."""
    while True:
        batch = [waiting.get()]
        time.sleep(0.1)
        while not waiting.empty():
            batch.append(waiting.get())
        subprocess.run(["kcat", "-P", "-b", os.environ["KAFKA_BROKERS"], "-t", "coupon_create"],
                       input="".join(f"{user}\n" for user in batch), text=True, check=True)


def apply(user):
    global issued
    with lock:
        if issued >= LIMIT:
            return False
        issued += 1
        waiting.put(user)
        return True


threading.Thread(target=relay, daemon=True).start()
door.serve(apply, (202, "yours soon"), (409, "none left"))
