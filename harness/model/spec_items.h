/* What a scenario says of its items and of who wants how much of which. A part of spec.h, by whose
 * rules it goes. */
#ifndef MODEL_SPEC_ITEMS_H
#define MODEL_SPEC_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/spec_actions.h"

struct spec_pair;

/* Either `each`, or ids with count and stock. */
struct spec_items {
    struct spec_pair *each; /* items by name, and the stock of each as text */
    unsigned each_count;
    char *ids;             /* "seat-{{n}}", n from 1; NULL: not given */
    int64_t count;         /* how many of them */
    int64_t stock;         /* of each; default 1 */
    int64_t overbook;      /* so many units more than its stock may be sold of each; default 0 */
    int64_t own_limit;     /* units a user may have, of all items together; 0: nobody says */
    int64_t decimals;      /* of stock, units and what is left; default 0 */
    bool partial;          /* an order may be granted in part; default false */
    struct spec_ttl *hold; /* NULL: an order stays until it is given back */
};

struct spec_demand {
    char *item;    /* "uniform", "each", "hot 80/20", "zipf", "feeder", "any" */
    char *units;   /* "1", "1..3" */
    char *to;      /* the same, of the item whose the units become; NULL: nobody's */
    int64_t lines; /* of an order, each of another item; default 1 */
};

#endif
