/* A Postgres connection that is made when it is needed and made again after a loss. Waits are
 * bounded, and a stop request shortens them to the grace. One thread. */
#ifndef CONSUMER_DB_H
#define CONSUMER_DB_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

enum db_result {
    DB_DONE,
    DB_REFUSED, /* Postgres will refuse these values again: a constraint, a range, a trigger's RAISE
                 */
    DB_FAILED,  /* the connection is lost, or the server cannot now; the same call may succeed later
                 */
};

struct db;

struct db_settings {
    const char *url;
    const char *const *setup; /* simple queries to run on each new connection, NULL at the end */
    ns_t timeout;             /* of a connection attempt, and of a statement */
    ns_t grace;               /* the same once the stop was asked for */
};

struct db_param {
    Oid type;
    const void *value; /* binary format; NULL: SQL NULL */
    int length;
};

/* Connects to nothing yet. settings is copied, what it points at must stay. */
int db_new(const struct db_settings *settings, struct db **ret_db, struct err *err)
    __attribute__((warn_unused_result));
void db_free(struct db *db);

/* Connects if need be and runs one statement with binary parameters and binary results; the text is
 * prepared once a connection, so it must be a constant. ret_result may be NULL; else the caller
 * clears it. err is filled on failure. */
enum db_result db_run(struct db *db, const char *sql, const struct db_param *params, int count,
                      PGresult **ret_result, struct err *err);

/* Connects if need be and feeds data to a COPY … FROM STDIN, with which sql begins. What follows it
 * in sql is done in the same transaction: all or nothing. */
enum db_result db_copy(struct db *db, const char *sql, const void *data, size_t length,
                       struct err *err);

/* Connects if need be and adds the text to out as a literal, for a query without parameters.
 * DB_DONE or DB_FAILED. */
enum db_result db_quote(struct db *db, const char *text, struct buf *out, struct err *err);

/* Connects if need be, runs the setup. DB_DONE or DB_FAILED; err->retriable is false when the
 * server is there and what it holds contradicts the setup. */
enum db_result db_connect(struct db *db, struct err *err);

#endif
