/* The data directory of a private database. Kept in the user's cache, because to make one takes
 * longer than all the rest of a start; a run works on a copy. There is no password in it: who
 * starts the server gives its role one. */
#ifndef STACK_PREPARED_H
#define STACK_PREPARED_H

#include "stack/server.h"

/* How one is made. Whatever of it changes makes the kept ones useless. */
struct recipe {
    const char *program;        /* the server's, absolute */
    const char *version[3];     /* arguments by which it prints its version; NULL ends them */
    const char *const *options; /* of what makes it; NULL ends them */
    const char *statements;     /* that it is given then */
    /* Fills an empty directory. */
    int (*make)(const struct server *server, const struct recipe *recipe, const char *tree,
                struct err *err);
};

/* Makes <server's directory>/data. A cache, called like the server, that cannot be used is no
 * failure. */
int prepared_make(struct server *server, const struct recipe *recipe, struct err *err)
    __attribute__((warn_unused_result));

/* For make: runs a program of the server's user, with the text as its input, to its end. name: of
 * its log. */
int prepared_run(const struct server *server, const char *name, const struct texts *argv,
                 const char *input, struct err *err) __attribute__((warn_unused_result));

#endif
