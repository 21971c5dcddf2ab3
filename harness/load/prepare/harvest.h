/* The harvest: what all users have captured, one value a cell, a row a user, and which token ends
 * first. Kept in one piece of memory, whose room is bounded by what is free. Not locked. */
#ifndef LOAD_HARVEST_H
#define LOAD_HARVEST_H

#include "base/buf.h"
#include "base/err.h"
#include "load/http/feeder.h"
#include "model/spec.h"

/* The column of the cookies that go with the rush's request. */
#define HARVEST_COOKIES "cookies"

struct harvest {
    size_t users, columns;
    struct buf bytes; /* names, then values, each with its NUL; it moves as it grows */
    size_t names;     /* bytes of the names */
    size_t room;      /* what bytes may take */
    size_t *offsets;  /* owned; of names, then of values row by row */
    int64_t expires;  /* the second in which the first token ends; 0: none tells */
    int64_t whose;    /* the user of that token */
    size_t token;     /* its column */
};

/* Names what the scenario's steps capture, in their order, and the cookies if any request wants
 * them. Errors: ERR_MEMORY. harvest_free takes a zeroed one. */
int harvest_init(struct harvest *harvest, const struct scenario *scenario, size_t users,
                 struct err *err) __attribute__((warn_unused_result));
void harvest_free(struct harvest *harvest);

/* The values of a user, as many as there are columns. Errors: ERR_ENVIRONMENT: what all users need
 * does not fit into memory, as the first one tells, or does not any more. */
int harvest_keep(struct harvest *harvest, size_t row, int64_t user, const char *const *values,
                 struct err *err) __attribute__((warn_unused_result));

const char *harvest_name(const struct harvest *harvest, size_t column);

/* All of it as a feeder; with users 0 the names alone. The harvest is empty afterwards. Errors:
 * ERR_MEMORY. */
int harvest_table(struct harvest *harvest, struct feeder *ret_table, struct err *err)
    __attribute__((warn_unused_result));

bool harvest_wants_cookies(const struct scenario *scenario);

#endif
