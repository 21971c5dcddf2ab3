/* Texts of a request of `prepare`, filled in for one user: {{user}}, columns of the feeder, and
 * what the requests before it have brought. Not the hot path: whatever is long finds room. */
#ifndef LOAD_FILL_H
#define LOAD_FILL_H

#include "base/buf.h"
#include "base/err.h"
#include "load/http/escape.h"
#include "load/http/feeder.h"
#include "load/http/rules.h"

struct fill_value {
    const char *name;
    struct buf text;
    bool known;
};

struct fill {
    struct rules_user who;
    const char *user;            /* as the service spells it */
    const struct feeder *feeder; /* of the request; rows may be 0 */
    size_t row;
    const struct fill_value *values;
    size_t values_count;
    const char *uuid;
    const char *item; /* that is asked for, one unit of it; NULL: nothing is sold by items */
    uint64_t seq;
    const char *nobody; /* stands for whatever tells who asks; NULL: nothing does */
};

/* Replaces ret_text. Errors: ERR_USAGE (a name that nothing is known by, a line break in a header),
 * ERR_MEMORY. */
int fill_text(const struct fill *fill, const char *text, enum escape escape, struct buf *ret_text,
              struct err *err) __attribute__((warn_unused_result));

#endif
