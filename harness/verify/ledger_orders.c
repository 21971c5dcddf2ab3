/* What several answers to one user about one item come to. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "verify/ledger.h"

struct span {
    int64_t least, most; /* both 0: there are none */
};

uint8_t ledger_decision(const struct request *request)
{
    if (request->cls == CLASS_LIMITED)
        return DECISION_LIMITED;
    if (request_reach(request) == REACH_NEVER)
        return DECISION_NONE;
    return request->cls == CLASS_ACCEPTED   ? DECISION_ACCEPTED
           : request->cls == CLASS_REJECTED ? DECISION_REJECTED
                                            : DECISION_UNKNOWN;
}

/* Units of the orders that answers name, each order once: the most that one of its answers grants.
 * Returns how many there are. */
static size_t units_of_named(const struct case_file *facts, const struct keyed *named, size_t count,
                             int64_t *ret_units)
{
    size_t orders = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && named[i].key == named[i - 1].key;
        int64_t units = ledger_order(facts, named[i].index)->units;
        if (!again)
            ret_units[orders++] = units;
        else if (units > ret_units[orders - 1])
            ret_units[orders - 1] = units;
    }
    return orders;
}

/* What several yes come to at least. One that names no order may be another's told again, when it
 * grants as many units. */
static int64_t sum_least(const int64_t *named, size_t named_count, const int64_t *loose,
                         size_t loose_count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < named_count; i++)
        sum += named[i];
    for (size_t i = 0, n = 0; i < loose_count; i++) {
        while (n < named_count && named[n] < loose[i])
            n++;
        bool again =
            (n < named_count && named[n] == loose[i]) || (i > 0 && loose[i] == loose[i - 1]);
        sum += again ? 0 : loose[i];
    }
    return sum;
}

int ledger_sum_orders(const struct case_file *facts, const uint32_t *v, size_t count,
                      int64_t *ret_sum)
{
    _cleanup_free_ struct keyed *named = malloc((count + 1) * sizeof *named);
    _cleanup_free_ int64_t *units = malloc((count + 1) * sizeof *units);
    _cleanup_free_ int64_t *loose = malloc((count + 1) * sizeof *loose);
    size_t named_count = 0, loose_count = 0;
    if (!named || !units || !loose)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct order *order = ledger_order(facts, v[i]);
        bool yes = facts->history->v[v[i]].cls == CLASS_ACCEPTED;
        if (yes && order->id == ORDER_NONE)
            loose[loose_count++] = order->units;
        else if (yes)
            named[named_count++] = (struct keyed){.key = order->id, .index = v[i]};
    }
    if (order_pairs(named, named_count) || order_keys(loose, loose_count))
        return -(int)ERR_MEMORY;
    size_t orders = units_of_named(facts, named, named_count, units);
    int rc = order_keys(units, orders);
    *ret_sum = rc ? 0 : sum_least(units, orders, loose, loose_count);
    return rc;
}

/* The least and the most units that answers of a kind tell of: of what the key was used for, or of
 * what it was used for later. */
static struct span units_of(const struct case_file *facts, const uint32_t *v, size_t count,
                            enum decision decision, bool reused)
{
    struct span span = {0};
    for (size_t i = 0; i < count; i++) {
        const struct request *request = &facts->history->v[v[i]];
        int64_t units = ledger_order(facts, v[i])->units;
        if (ledger_decision(request) != decision ||
            (case_reuse(facts, request) == REUSE_PAYLOAD) != reused)
            continue;
        span.least = !span.most || units < span.least ? units : span.least;
        span.most = units > span.most ? units : span.most;
    }
    return span;
}

/* Under one key there is one order, however often it was told: what it was used for first, unless
 * only what it was used for later got a yes. */
void ledger_count_key(const struct case_file *facts, const uint32_t *v, size_t count,
                      struct claim *claim)
{
    struct span yes = units_of(facts, v, count, DECISION_ACCEPTED, false);
    struct span maybe = units_of(facts, v, count, DECISION_UNKNOWN, false);
    struct span later = units_of(facts, v, count, DECISION_ACCEPTED, true);
    claim->maybe = yes.most ? 0 : maybe.most;
    claim->granted = claim->most = yes.most;
    if (yes.most || !later.most)
        return;
    claim->maybe = 0;
    claim->granted = maybe.most && maybe.least < later.least ? maybe.least : later.least;
    claim->most = maybe.most > later.most ? maybe.most : later.most;
}
