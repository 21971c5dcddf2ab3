/* Failures of users' preparations, counted by cause, with the first answer of the most frequent
 * cause. Not locked. Pure. */
#ifndef LOAD_FAILURES_H
#define LOAD_FAILURES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { FAILURES_KINDS = 8 };

struct failure {
    unsigned step;
    char cause[192];
    char sample[256]; /* of its first answer; "": none came */
    long status;      /* likewise */
    int64_t user;     /* whose that was */
    size_t count;
};

struct failures {
    struct failure v[FAILURES_KINDS];
    unsigned kinds;
    size_t count; /* of all, further kinds included */
};

void failures_add(struct failures *failures, const struct failure *failure);

/* The most frequent one; NULL: there is none. */
const struct failure *failures_most(const struct failures *failures);

/* "3 times prepare.0: status 401; 1 time prepare.1: …". Returns ret_text. */
char *failures_spell(const struct failures *failures, char *ret_text, size_t size);

#endif
