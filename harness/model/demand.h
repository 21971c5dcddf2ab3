/* Demand: which item a user wants, and how many units of it. The same user always wants the same,
 * so that who asks again asks for it again; the same seed makes the same demand. Pure but for its
 * own memory; read-only once made, so any thread may ask. */
#ifndef MODEL_DEMAND_H
#define MODEL_DEMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/history.h"
#include "model/items.h"
#include "model/spec.h"

enum demand_kind {
    DEMAND_UNIFORM,
    DEMAND_EACH,
    DEMAND_HOT,
    DEMAND_ZIPF,
    DEMAND_FEEDER,
    DEMAND_ANY,
};

/* Which of the items. */
struct demand_pick {
    enum demand_kind kind;
    int64_t share, part; /* DEMAND_HOT: so many per cent want the first so many per cent */
};

struct demand_form {
    struct demand_pick item;
    struct demand_pick to; /* whose the units become; meaningful with moves */
    bool moves;
    int64_t least, most; /* units */
    bool feeder;         /* item or units are columns of the feeder */
    unsigned lines;      /* of an order, each of another item; from 1 */
};

/* What a scenario says. Returns NULL, or what is wrong with it. */
const char *demand_parse(const struct spec_demand *spec, int decimals,
                         struct demand_form *ret_form);

struct demand {
    struct demand_form form;
    uint64_t seed;
    size_t count; /* items */
    double *sums; /* owned; DEMAND_ZIPF: of the weights up to each */
    /* Owned; what the feeder's rows say, from the first user on; NULL: they say nothing. */
    int64_t *items, *to, *units;
    size_t rows;
};

/* What rows of a feeder say comes later. Errors: ERR_MEMORY. */
int demand_make(const struct scenario *scenario, const struct items *items,
                struct demand **ret_demand, struct err *err) __attribute__((warn_unused_result));
void demand_free(struct demand *demand); /* NULL is fine */

/* The order of the user at that place; *ret_to: whose the units become, ITEM_UNKNOWN: nobody's. */
void demand_fill(const struct demand *demand, size_t place, struct order *ret_order,
                 int32_t *ret_to);

/* What it asks for beside that: lines - 1 of them, of other items. */
void demand_fill_more(const struct demand *demand, size_t place, const struct order *order,
                      struct order *ret_more);

/* Makes it ask for other units of the same, as many as somebody might want. */
void demand_alter(const struct demand *demand, struct order *order);

#endif
