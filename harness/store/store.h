/* Stores: databases and key-value servers, chosen by the scheme of their address. A store is one
 * file and one row of store_rows.h; nobody else asks which one it is. A session is one connection,
 * made when it is needed and again when it was lost. One thread; store_wake from any. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/visit.h"

/* A query that takes longer is given up by the server itself. */
#define STORE_ANSWER_SPAN (10 * NS_PER_S)
/* A server that has not greeted by then is not there. */
#define STORE_CONNECT_SPAN (5 * NS_PER_S)
/* A command, such as one that empties a table, may take this long where it cannot take for ever. */
#define STORE_COMMAND_SPAN (30 * NS_PER_S)

/* A session, the first member of every store's own struct. */
struct store {
    const struct store_ops *ops;
    char *url;                           /* owned */
    char *queries[VISIT_SLOTS];          /* owned; NULL: another store has it */
    struct row_names names[VISIT_SLOTS]; /* owned; of those queries */
    char *headers;                       /* owned; of a request, one a line; NULL: none */
    struct row_people people;            /* shared: a session may outlive the run */
    bool commands;                       /* it is for commands, which may take their time */
};

struct store_ops {
    const char *name;       /* in scenarios and reports: "postgres" */
    const char *title;      /* in messages: "Postgres" */
    const char *schemes[4]; /* of its addresses, lower case; NULL ends them */
    bool sql;               /* a database: it has tables and transactions */
    bool costly;            /* a visit may take long, and is paid for by somebody else's CPU */
    size_t size;            /* of its own struct */
    bool (*reads)(const char *query, char *ret_why, size_t size); /* may it run as evidence? */
    /* Looks at the address and gets ready; connects to nothing. NULL: nothing to do. */
    int (*open)(struct store *store, struct err *err);
    /* Reads what the visit wants and the version, in one snapshot where the store has them. */
    void (*visit)(struct store *store, struct visit *visit);
    /* Connects, and runs a command that may write. err->retriable: what it is about is not there.
     */
    int (*connect)(struct store *store, struct err *err);
    int (*execute)(struct store *store, const char *command, struct err *err);
    /* The same, but nothing stays of it. What cannot be tried so is right. NULL: nothing can. */
    int (*try_out)(struct store *store, const char *command, struct err *err);
    int (*socket)(struct store *store); /* of the connection; NULL: it is a file of this machine */
    void (*wake)(struct store *store);  /* lets a waiting visit return soon; NULL: its waits end */
    void (*close)(struct store *store); /* what its own struct owns; also of half an opening */
};

/* Whose addresses have this scheme; NULL: nobody's, and err names the schemes that are allowed. */
const struct store_ops *store_find(const char *url, struct err *err);

/* The store of that name; NULL: there is none. */
const struct store_ops *store_named(const char *name);

/* A session with the store at an address, not connected yet. Errors: ERR_USAGE (the address). */
int store_open(const char *url, bool commands, struct store **ret_store, struct err *err)
    __attribute__((warn_unused_result));

void store_visit(struct store *store, struct visit *visit);

/* True when it takes a connection and a query; fills its version. Otherwise says why not, without
 * its password. */
bool store_answers(const char *url, char *ret_version, size_t version_size, char *ret_why,
                   size_t why_size);

int store_execute(struct store *store, const char *command, struct err *err)
    __attribute__((warn_unused_result));
int store_try_out(struct store *store, const char *command, struct err *err)
    __attribute__((warn_unused_result));

/* Connects, and tells whether that leads to this machine; it is the connection that is asked,
 * because addresses come by many ways. ret_text names the other end. */
int store_is_local(struct store *store, bool *ret_local, char *ret_text, size_t size,
                   struct err *err) __attribute__((warn_unused_result));

void store_wake(struct store *store);
void store_close(struct store *store); /* NULL is fine */

#endif
