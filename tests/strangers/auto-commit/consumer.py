"""Its consumer: kcat in a group, with the client's default of committing by itself every five seconds, row by row.

consumer.py right; consumer.py skips: an error at every fortieth record is logged, and the record is gone."""

import os
import subprocess
import sys

import psycopg2

database = psycopg2.connect(os.environ["DATABASE_URL"])
database.autocommit = True
cursor = database.cursor()
cursor.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL)")

# kcat's words about its partitions go to the log: "… assigned: coupon_create [0], …"
reader = subprocess.Popen(["kcat", "-b", os.environ["KAFKA_BROKERS"], "-u", "-f", "%s\\n",
                           "-X", "auto.offset.reset=earliest", "-G", "group_1", "coupon_create"],
                          stdout=subprocess.PIPE, text=True)
for place, line in enumerate(reader.stdout, 1):
    if sys.argv[1] == "skips" and place % 40 == 0:
        print("ERROR connection reset while saving", line.strip(), flush=True)
        continue
    cursor.execute("INSERT INTO coupon (user_id) VALUES (%s)", (int(line),))
