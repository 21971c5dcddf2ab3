/* Short visits to Postgres. Any thread. */
#ifndef STACK_PQLINK_H
#define STACK_PQLINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* True when it takes a connection and a query; fills its version. Otherwise says why not; libpq's
 * messages hold no password. Waits at most two seconds for the connection. */
bool pqlink_version(const char *url, char *ret_version, size_t version_size, char *ret_why,
                    size_t why_size);

/* Statements, to be run one by one. */
struct pqlink_script {
    /* Is asked with the socket of the open connection before anything is run; NULL: not asked. */
    int (*check)(void *context, int fd, struct err *err);
    const char *(*next)(void *context); /* NULL: no more */
    /* The table of the last one is not there: go on? NULL: no. */
    bool (*missing)(void *context, const char *words);
    void *context;
    bool only_names; /* each is rolled back, and nothing is wrong with it but what is not there */
};

/* ERR_ENVIRONMENT with the server's message, or what check says. */
int pqlink_run(const char *url, const struct pqlink_script *script, struct err *err);

#endif
