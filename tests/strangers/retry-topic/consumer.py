"""A consumer with a retry topic: what fails goes there and is taken from there again, also when its row was written
before it failed. A user is then in both topics and has one row, because saving twice changes nothing."""

import os
import subprocess

import psycopg2

BROKERS = os.environ["KAFKA_BROKERS"]

database = psycopg2.connect(os.environ["DATABASE_URL"])
database.autocommit = True
cursor = database.cursor()
cursor.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint NOT NULL UNIQUE)")


def save(user):
    cursor.execute("INSERT INTO coupon (user_id) VALUES (%s) ON CONFLICT DO NOTHING", (user,))


def once_more(user):
    subprocess.run(["kcat", "-P", "-b", BROKERS, "-t", "coupon_retry"], input=f"{user}\n", text=True, check=True)


# kcat's words about its partitions go to the log: "… assigned: coupon_create [0], …"
reader = subprocess.Popen(["kcat", "-b", BROKERS, "-u", "-f", "%t %s\\n", "-X", "auto.offset.reset=earliest",
                           "-X", "auto.commit.interval.ms=500", "-G", "group_1", "coupon_create", "coupon_retry"],
                          stdout=subprocess.PIPE, text=True)
for place, line in enumerate(reader.stdout, 1):
    topic, user = line.split()
    fails = topic == "coupon_create" and place % 10 == 0
    late = place % 20 == 0  # the row is written, and its answer is lost
    if not fails or late:
        save(int(user))
    if fails:
        once_more(user)
