/* A bounded pool of Postgres sessions on one event loop, with a bounded queue in front of it.
 * @thread the loop's; the counters may be read by any thread */
#ifndef APPLY_POOL_H
#define APPLY_POOL_H

#include "apply/session.h"
#include "common/metrics.h"

struct pool_counts {
    struct counter connected; /* sessions that can work now */
    struct counter busy;      /* sessions that run a statement */
    struct counter waiting;   /* statements in the queue */
    struct counter refused;   /* statements not taken: the queue was full or nobody was connected */
    struct counter timeouts;  /* statements given up */
};

struct pool;

struct pool_settings {
    const char *url;
    const char *schema;            /* of each new connection */
    const char *const *statements; /* see session.h */
    size_t statement_count;
    size_t size;  /* sessions */
    size_t queue; /* statements that may wait */
    ns_t timeout; /* of a statement, its time in the queue included */
};

/* counts stay the caller's and must outlive the pool. */
int pool_new(struct event_base *base, const struct pool_settings *settings,
             struct pool_counts *counts, struct pool **ret_pool, struct err *err)
    __attribute__((warn_unused_result));

/* What runs or waits is reported SESSION_LOST. NULL is fine. */
void pool_free(struct pool *pool);

/* Holds a place in the queue, for a statement that a later decision may make necessary; false when
 * there is none, or when nobody is connected. Give it back with pool_release, or use it up with
 * pool_run. */
bool pool_reserve(struct pool *pool);
void pool_release(struct pool *pool);

/* Runs the statement, with a copy of the values whose text stays the caller's until done, on the
 * place that was reserved; next: before all that wait, for a request that
 * has had its turn and has one more step. done is called once and never from within. A statement
 * that has waited too long is reported SESSION_REFUSED: it was never sent. */
void pool_run(struct pool *pool, size_t statement, const struct session_values *values, bool next,
              session_done_fn *done, void *arg);

/* To be called now and then: gives up what has taken too long. */
void pool_tick(struct pool *pool);

#endif
