"""A shop that gives coupons away while there are some, and keeps them where nobody but itself can look."""

import sqlite3
import threading
import time

import flask


class Coupons:
    """One connection to a database in memory, one statement at a time on it."""

    def __init__(self, limit):
        self.limit = limit
        self.lock = threading.Lock()
        self.database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.database.execute("CREATE TABLE coupon (id INTEGER PRIMARY KEY, user_id INTEGER)")

    def ask(self, sql, *values):
        with self.lock:
            return self.database.execute(sql, values).fetchall()

    def give(self, user):
        """One statement decides."""
        return bool(self.ask("INSERT INTO coupon (user_id) SELECT ? WHERE (SELECT count(*) FROM coupon) < ? RETURNING id",
                             user, self.limit))

    def rows(self):
        return self.ask("SELECT user_id, id FROM coupon")


class CountingCoupons(Coupons):
    """Wrong on purpose: between the count and the write others count as well, and are given the same number."""

    def give(self, user):
        given = self.ask("SELECT count(*) FROM coupon")[0][0]
        if given >= self.limit:
            return False
        time.sleep(0.002)  # such as a check for fraud
        self.ask("INSERT OR REPLACE INTO coupon (id, user_id) VALUES (?, ?)", given + 1, user)
        return True


def create_app(coupons):
    app = flask.Flask(__name__)

    @app.post("/coupons")
    def apply():
        given = coupons.give(flask.request.get_json()["userId"])
        return {"success": given}, 201 if given else 409

    return app
