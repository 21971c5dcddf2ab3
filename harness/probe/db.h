/* What the two kinds of databases have in common: the same jobs, carried out by probe_postgres.c or
 * probe_mysql.c on their own threads. */
#ifndef PROBE_DB_H
#define PROBE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/evidence.h"
#include "model/roster.h"
#include "model/statement.h"
#include "probe/source.h"

/* The queries that one database answers. */
enum db_slot { DB_COUPONS, DB_PARKED, DB_SLOTS };

/* A query that takes longer is given up by the server itself. */
#define DB_STATEMENT_SPAN (10 * NS_PER_S)
/* A server that has not greeted by then is not there. */
#define DB_CONNECT_SPAN (5 * NS_PER_S)

struct db_settings {
    char *url;               /* owned */
    char *queries[DB_SLOTS]; /* owned; NULL: another database has it */
    struct roster *roster;   /* shared: the source may outlive the run */
};

struct db_stats {
    bool known;
    int64_t transactions; /* of the database since its statistics began, ours included */
    int64_t own;          /* ours */
    int64_t writes; /* transactions that wrote, of the whole server: the next transaction id */
    int64_t inserted;
    int64_t backends; /* connected now, ours included */
    int64_t wal;      /* bytes */
};

/* One visit: any of the things below, in one round trip where the database can. */
struct db_job {
    struct job job;
    bool count[DB_SLOTS]; /* how many rows */
    bool read[DB_SLOTS];  /* all rows; gives the count too */
    bool stats;
    bool backends; /* of the statistics, figures.backends alone: cheap */
    bool flush;    /* report this session's own transactions to the statistics at once */
    char *ask;     /* owned; a query whose first value is wanted; NULL: none */

    /* results, valid while rc is 0 */
    int rc;
    char error[256];
    int failed;   /* the slot whose query it was; -1: none in particular */
    bool missing; /* it asks a table that is not there */
    int64_t counts[DB_SLOTS];
    struct rows rows[DB_SLOTS]; /* owned */
    bool has_id[DB_SLOTS];      /* the rows' ids are of the query's second column */
    ns_t last_commit;           /* 0: the database does not say */
    struct db_stats figures;
    char *value; /* owned; NULL: no row, or SQL NULL */
    char version[64];
};

void db_settings_free(struct db_settings *settings);

/* An empty job with its two callbacks set; NULL: no memory. */
struct db_job *db_job_new(void (*run)(void *state, struct job *job));
void db_job_drop(struct job *job);
int db_job_fail(struct db_job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A value as the database hands it over. */
enum db_form {
    DB_TEXT,
    DB_PADDED, /* CHAR(n): blanks behind it are no part of it */
    DB_HEX,    /* bytes written as \x0102 */
    DB_BYTES,
};

struct db_value {
    enum db_form form;
    const char *text; /* NULL: SQL's NULL */
    size_t size;
};

/* The row's first column is no user of the roster. */
int db_user_fail(struct db_job *job, const char *slot, size_t place, const struct roster *roster,
                 const struct db_value *user);

/* Appends `SELECT count(*) FROM (query) AS q`, trailing semicolons and comments taken care of. */
void db_count_query(struct buf *text, enum dialect dialect, const char *query);

/* One row from its values; id NULL: its place. False: the user is none of the roster. */
bool db_row(struct roster *roster, const struct db_value *user, const char *id, size_t place,
            struct row *ret_row);

/* probe_postgres.c and probe_mysql.c: the source's state, or NULL when there is no memory or the
 * address cannot be used (err). Takes the settings over, also on failure. */
struct source *postgres_source(struct db_settings *settings, struct err *err);
struct source *mysql_source(struct db_settings *settings, struct err *err);
void postgres_run(void *state, struct job *job);
void mysql_run(void *state, struct job *job);

#endif
