"""Its consumer: kcat in a group; each winner becomes a row, the member in a column of type uuid."""

import json
import os
import subprocess

import psycopg2

database = psycopg2.connect(os.environ["DATABASE_URL"])
database.autocommit = True
cursor = database.cursor()
cursor.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, member_id uuid NOT NULL)")

# kcat's words about its partitions go to the log: "… assigned: coupon_create [0], …"
reader = subprocess.Popen(["kcat", "-b", os.environ["KAFKA_BROKERS"], "-u", "-f", "%s\\n",
                           "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=500",
                           "-G", "group_1", "coupon_create"],
                          stdout=subprocess.PIPE, text=True)
for line in reader.stdout:
    cursor.execute("INSERT INTO coupon (member_id) VALUES (%s)", (json.loads(line)["member"]["id"],))
