/* Stock: what is left of each item, by the store that tells it, beside what the rows say was sold;
 * by the answers alone where there are no rows, or where transfers bring an item units. Pure; any
 * thread. */
#ifndef VERIFY_STOCK_H
#define VERIFY_STOCK_H

#include "model/check.h"
#include "verify/ledger.h"

struct stock {
    int64_t before, left; /* of an item */
    bool known;           /* somebody tells what is left */
};

/* By item. NULL: no memory. The caller frees. */
struct stock *stock_read(const struct case_file *facts);

/* Do the answers alone tell what must be left? */
static inline bool stock_by_answers(const struct case_file *facts)
{
    return facts->history->to || !(facts->known & NEEDS_COUPONS);
}

/* Units of an item that are neither left nor sold; below 0: that were sold and are left all the
 * same. Holds that may have ended may be neither, where they are freed only when somebody asks; and
 * those that end while rows and stock are read may be both. By the answers only what
 * no unknown one explains. */
int64_t stock_gone(const struct case_file *facts, const struct stock *stock, size_t item);

/* Is it known of each item, and does it add up? */
bool stock_adds_up(const struct case_file *facts);

/* Two requests about the item, told yes, that were under way at one time. False: there are none. */
bool stock_pair(const struct case_file *facts, size_t item, uint32_t *ret_one, uint32_t *ret_other);

#endif
