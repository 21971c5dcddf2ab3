/* The data directory of a private Postgres, with the role and the database that the service gets.
 * Kept in the user's cache, because to make one takes longer than all the rest of a start; a run
 * works on a copy. There is no password in it: who starts the server gives the role one. */
#ifndef STACK_PGDATA_H
#define STACK_PGDATA_H

#include "stack/server.h"

#define PGDATA_DATABASE "rushproof"
#define PGDATA_ROLE     "service"
#define PGDATA_CACHE    "postgres" /* the name for cachedir_open */

/* Makes <server's directory>/data for the programs in bin. A cache that cannot be used is no
 * failure. */
int pgdata_make(struct server *server, const char *bin, struct err *err)
    __attribute__((warn_unused_result));

#endif
