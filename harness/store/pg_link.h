/* A connection to Postgres that never blocks its thread beyond a deadline, and that another thread
 * can interrupt. One thread; pg_link_wake from any. */
#ifndef STORE_PG_LINK_H
#define STORE_PG_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

struct pg_link {
    PGconn *conn; /* NULL: not connected; owned */
    int wake;     /* eventfd; owned */
};

int pg_link_init(struct pg_link *link); /* -1: no descriptor */
void pg_link_free(struct pg_link *link);
void pg_link_wake(struct pg_link *link);
void pg_link_drop(struct pg_link *link); /* closes the connection; the next use connects anew */

/* 0, or -1 with a text in ret_error. The password is in no text. */
int pg_link_connect(struct pg_link *link, const char *url, ns_t deadline, char *ret_error,
                    size_t size);

/* Is what a statement is about not there: a table, a schema, a role? */
bool pg_link_is_missing(const PGresult *result);

/* One command, which may be several statements; blocks. try_out: nothing stays of it, and nobody
 * waits for it. Errors: ERR_ENVIRONMENT, retriable when what it is about is not there. */
int pg_link_execute(struct pg_link *link, const char *command, bool try_out, struct err *err);

/* Statements go out by the extended protocol, which takes exactly one statement each and leaves no
 * named one behind, as a pipeline: queued, marked where an error ends, flushed together. 0, or -1
 * with the error; the connection is then gone. */
int pg_link_queue(struct pg_link *link, const char *sql, char *ret_error, size_t size);
int pg_link_mark(struct pg_link *link, char *ret_error, size_t size);
int pg_link_flush(struct pg_link *link, ns_t deadline, char *ret_error, size_t size);

/* The next result of the pipeline as libpq gives it: for a statement its result and then NULL, for
 * a mark PGRES_PIPELINE_SYNC. The caller clears it. -1: the connection is gone. */
int pg_link_result(struct pg_link *link, ns_t deadline, PGresult **ret_result, char *ret_error,
                   size_t size);

#endif
