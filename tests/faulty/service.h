/* The faulty service: a small apply service with one fault in it, chosen by name. A fault is a row
 * of a table with one or two hooks, each a few lines; what the hooks have in common is here. */
#ifndef FAULTY_SERVICE_H
#define FAULTY_SERVICE_H

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redisContext;
struct pg_conn;
struct evhttp_request;
struct event_base;
struct fault;

struct service {
    const struct fault *fault;
    const char *redis_url, *postgres_url;
    rd_kafka_t *producer; /* NULL without Kafka; any thread */
    int64_t limit;
    int64_t window_us; /* between a check and its act */
    int64_t delay_ms;  /* of what happens later */
    int threads, port;
    atomic_llong requests; /* so far */
    atomic_llong sold;     /* a counter in memory */
    atomic_llong loser;    /* a user who was told no */
};

/* One thread with its own event loop and connections. */
struct worker {
    struct service *service;
    struct event_base *base;
    struct redisContext *redis; /* NULL without */
    struct pg_conn *sql;
    int listener;
};

/* One request; lives until it is answered. */
struct ask {
    struct worker *worker;
    struct service *service;
    struct evhttp_request *request;
    int64_t user;
    int64_t number; /* of this request, from 1 */
};

struct fault {
    const char *name;
    const char *help;
    void (*apply)(struct ask *ask);
    void (*before)(struct worker *worker); /* before it is ready; NULL: nothing */
    void *(*aside)(void *worker);          /* a thread of its own beside the requests; NULL: none */
    bool alone;                            /* one thread only */
};

const struct fault *faults_stock(size_t *ret_count);    /* who gets one */
const struct fault *faults_pipeline(size_t *ret_count); /* what is sent */
const struct fault *faults_answer(size_t *ret_count);   /* what is told */
const struct fault *faults_process(size_t *ret_count);  /* how it ends */
const struct fault *faults_rows(size_t *ret_count);     /* what appears in the table by itself */
const struct fault *faults_late(size_t *ret_count);     /* what comes late, or counts otherwise */

/* ---- for the hooks ---- */

int64_t ask_count(struct ask *ask); /* INCR coupon_count */
void ask_send(struct ask *ask);     /* the user into the topic */
void ask_pause(struct ask *ask);    /* the window between check and act */

/* Each answers and ends the ask. */
void answer_yes(struct ask *ask, int64_t rank);
void answer_no(struct ask *ask);
void answer_with(struct ask *ask, int status, const char *body);

/* The right service: count, send, answer. */
void serve(struct ask *ask);

int http_listen(int port);            /* a socket on loopback, or the program ends */
void http_run(struct worker *worker); /* serves for ever */

#endif
