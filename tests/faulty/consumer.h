/* The faulty consumer: turns records into rows, with one fault in it. */
#ifndef FAULTY_CONSUMER_H
#define FAULTY_CONSUMER_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

struct pg_conn;

#define BATCH_MAX 10

struct consumer {
    rd_kafka_t *kafka;
    struct pg_conn *sql;
    int64_t records; /* so far, in this life */
    int life;        /* 1, and 2 after the crash */
};

struct batch {
    rd_kafka_message_t *messages[BATCH_MAX];
    int64_t users[BATCH_MAX];
    size_t count;
};

struct consumer_fault {
    const char *name;
    const char *help;
    void (*save)(struct consumer *consumer, struct batch *batch);
};

const struct consumer_fault *consumer_faults(size_t *ret_count);

/* ---- for the hooks ---- */

void consumer_insert(struct consumer *consumer, int64_t user);
void consumer_park(struct consumer *consumer, int64_t user);
void consumer_commit(struct consumer *consumer, const struct batch *batch);
void consumer_crash(
    struct consumer *consumer); /* kill -9, in its first life; it is started again */

#endif
