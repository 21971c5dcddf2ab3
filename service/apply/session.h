/* One asynchronous Postgres connection on an event loop: connects, runs the setup, prepares the
 * statements, then runs one statement at a time; after a loss it comes back by itself. @thread the
 * loop's */
#ifndef APPLY_SESSION_H
#define APPLY_SESSION_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

enum session_result {
    SESSION_DONE,
    SESSION_REFUSED, /* the server has answered with an error: nothing was changed */
    SESSION_LOST,    /* no answer: the statement may have been carried out */
};

/* What a statement takes, in this order: $1 bigint, $2 text, $3 bigint. */
struct session_values {
    unsigned count; /* so many of them */
    int64_t user;
    const char *item;
    int64_t units;
};

/* value: the first column of the first row when there is one, else 0. */
typedef void session_done_fn(void *arg, enum session_result result, int64_t value);

struct session_plan {
    const char *url;
    const char *setup;             /* a simple query for each new connection */
    const char *const *statements; /* each takes the first of struct session_values */
    size_t statement_count;
};

struct session;

/* changed(arg) is called whenever the session can take a statement, and when its connection is
 * gone. plan must outlive it. */
int session_new(struct event_base *base, const struct session_plan *plan,
                void (*changed)(void *arg), void *arg, struct session **ret_session,
                struct err *err) __attribute__((warn_unused_result));

/* A statement under way is reported SESSION_LOST. NULL is fine. */
void session_free(struct session *session);

bool session_connected(const struct session *session); /* ready or busy */
bool session_idle(const struct session *session);      /* can take a statement now */

/* When the statement under way began; 0: there is none. */
ns_t session_busy_since(const struct session *session);

/* Runs statements[index]; the session must be idle. done is called once, never from within. */
void session_run(struct session *session, size_t index, const struct session_values *values,
                 session_done_fn *done, void *arg);

/* Gives the connection up: the statement under way is reported SESSION_LOST. */
void session_drop(struct session *session, const char *why);

#endif
