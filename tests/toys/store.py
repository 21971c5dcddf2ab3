"""Gives TOY_LIMIT coupons away and writes each winner into a line of TOY_LINES."""

import os
import pathlib
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "strangers"))
import door  # noqa: E402

lock = threading.Lock()
left = int(os.environ["TOY_LIMIT"])


def apply(user):
    global left
    with lock:
        if left == 0:
            return False
        left -= 1
        with open(os.environ["TOY_LINES"], "a", encoding="ascii") as lines:
            lines.write(f"{user}\n")
        return True


door.serve(apply, (200, "yours"), (410, "gone"))
