"""A coupon service that trusts its database alone: stock, coupon and message in one transaction, the message later."""

import json
import os
import sys
import threading

import psycopg2

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import door  # noqa: E402

database = psycopg2.connect(os.environ["DATABASE_URL"])
lock = threading.Lock()


def apply(user):
    with lock, database, database.cursor() as cursor:
        cursor.execute("UPDATE stock SET left_over = left_over - 1 WHERE left_over > 0")
        if cursor.rowcount == 0:
            return False
        cursor.execute("INSERT INTO coupon (user_id) VALUES (%s) RETURNING id", (user,))
        message = {"coupon": cursor.fetchone()[0], "owner": {"id": user}}
        cursor.execute("INSERT INTO outbox (message) VALUES (%s)", (json.dumps(message),))
        return True


door.serve(apply, (201, "yours"), (409, "none left"))
