"""Every three seconds takes what is in the list and saves it, a little later.

scheduler.py right: all of it. scheduler.py loses: one in ten is taken and never saved."""

import os
import sys
import time

import psycopg2

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import resp  # noqa: E402

redis = resp.Redis(os.environ["REDIS_PORT"], os.environ["REDIS_PASSWORD"])
database = psycopg2.connect(os.environ["DATABASE_URL"])
with database, database.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)")
print("ready", flush=True)

count = 0
while True:
    for user in redis.ask("RPOP", "jobs", "40") or []:
        time.sleep(0.01)  # taken already, and saved nowhere
        count += 1
        if sys.argv[1] == "loses" and count % 10 == 0:
            continue
        with database, database.cursor() as cursor:
            cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (user,))
    time.sleep(3)
