/* Prepare: what each user does once before the rush, such as logging in. A few threads carry out
 * the steps for user after user; what they capture becomes a table with a row a user, which the
 * rush's request is filled in from like from a feeder. All threads have ended, and all connections
 * are closed, when prepare_run returns.
 * @thread main */
#ifndef LOAD_PREPARE_H
#define LOAD_PREPARE_H

#include "base/err.h"
#include "load/http/feeder.h"
#include "model/share.h"
#include "model/spec.h"

struct prepare_settings {
    const struct scenario *scenario;
    const struct spec_request *requests; /* of the steps, in their order: references filled in */
    const struct spec_request *rush;     /* the request that comes after them, likewise */
    const char *dir;                     /* where relative file names are looked up */
    const struct roster *roster;
    size_t users;
    struct share share; /* of them */
    /* Called ten times a second; false: stop. */
    bool (*tick)(void *context, size_t done, size_t users);
    void *context;
};

struct prepared {
    struct feeder table; /* owned */
    int64_t expires;     /* the second in which the first token ends; 0: none tells */
    int64_t whose;       /* the user of that token */
    char token[64];      /* what it is called */
    ns_t took;
};

/* The columns of the table, without a row. Errors: ERR_USAGE, ERR_MEMORY. */
int prepare_columns(const struct scenario *scenario, struct feeder *ret_table, struct err *err)
    __attribute__((warn_unused_result));

/* Errors: ERR_ENVIRONMENT (counted by cause, with one answer quoted; tokens that do not fit into
 * memory), ERR_INTERRUPTED, ERR_USAGE, ERR_MEMORY. */
int prepare_run(const struct prepare_settings *settings, struct prepared *ret_prepared,
                struct err *err) __attribute__((warn_unused_result));

/* Frees the table; when tokens end stays known. An all-zero struct is fine. */
void prepared_forget(struct prepared *prepared);

#endif
