/* A connection to Postgres that never blocks its thread beyond a deadline, and that another thread
 * can interrupt. One thread; pg_link_wake from any. */
#ifndef PROBE_PG_LINK_H
#define PROBE_PG_LINK_H

#include <libpq-fe.h>
#include <stddef.h>

#include "base/clock.h"

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

/* Sends one or several statements in one round trip. 0, or -1 with the error; the connection is
 * then gone. */
int pg_link_send(struct pg_link *link, const char *sql, ns_t deadline, char *ret_error,
                 size_t size);

/* The next result of what was sent; the caller clears it. *ret_result is NULL after the last one.
 * -1: an error of the server (the remaining results are read away) or of the connection (which is
 * gone). */
int pg_link_result(struct pg_link *link, ns_t deadline, PGresult **ret_result, char *ret_error,
                   size_t size);

#endif
