/* Items: what is sold, by name, and how much there is of each. Everywhere inside an item is its
 * place in the list, from 0; one that a store or an answer shows and nobody has listed gets a
 * number behind them. Units are whole numbers.
 *
 * Whoever makes a run owns its items; who may outlive the run shares them. Any thread may call
 * anything. */
#ifndef MODEL_ITEMS_H
#define MODEL_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ITEM_UNKNOWN    (-1) /* nobody says which; of what was asked for: the service chooses */
#define ITEMS_MAX       1000000
#define ORDER_LINES_MAX 4 /* of an order: items that are asked for together */
#define UNITS_MAX       INT64_C(1000000000000)

/* Amounts have so many decimals at most, and are kept as whole numbers of the last of them: with
 * two 12.5 is 1250. */
#define DECIMALS_MAX 6

/* What an order is called, as a number: equal for equal texts, and for the two spellings of a UUID.
 * Numbers from 1 stand for themselves. */
#define ORDER_NONE 0
int64_t order_id(const char *text, size_t size);

struct scenario;

struct items {
    struct roster *names; /* owned */
    int64_t *stock;       /* owned; of each, by place */
    size_t count;
    int64_t total;   /* of all stock */
    int decimals;    /* of all amounts */
    unsigned lines;  /* of an order, at most; from 1 */
    unsigned owners; /* atomic */
};

/* Those of the scenario; NULL when it has none. Errors: ERR_USAGE (the same name twice, a stock
 * that is no number), ERR_MEMORY. */
int items_make(const struct scenario *scenario, struct items **ret_items, struct err *err)
    __attribute__((warn_unused_result));
struct items *items_share(struct items *items); /* one more owner; NULL stays NULL */
void items_free(struct items *items);           /* one owner less */

/* The item of a name as somebody spelled it. False: it is none, or there is no memory. */
bool items_read(const struct items *items, const char *text, size_t size, int64_t *ret_item);

/* Units as somebody spelled them: a whole number, perhaps below 0. False: something else. */
bool items_units(const char *text, size_t size, int64_t *ret_units);

/* An amount as somebody spelled it, "12.50", without a detour by floating point. False: it is none,
 * or has more decimals than that which are not 0. */
bool items_amount(int decimals, const char *text, size_t size, int64_t *ret_units);

int64_t items_scale(int decimals); /* what 1 is of the last decimal: with two 100 */

/* "12.50", "7", "-0.05". Returns ret_text. */
#define AMOUNT_TEXT 32
const char *items_spell(int decimals, int64_t units, char ret_text[static AMOUNT_TEXT]);

/* The limit of a scenario, which of items is all that there is of them: "100", "500.00"; "0"
 * without a scenario. */
const char *items_spell_limit(const struct scenario *scenario, char ret_text[static AMOUNT_TEXT]);

/* "seat-7", cut when it does not fit; "an item" for ITEM_UNKNOWN. Returns ret_name. */
const char *items_name(const struct items *items, int64_t item, char *ret_name, size_t size);

/* So much of it there is; 0 of one that nobody has listed. */
int64_t items_stock(const struct items *items, int64_t item);

#endif
