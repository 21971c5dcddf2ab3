/* How many units of each item were certainly taken at one time. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/ledger.h"

/* Units that are taken, or that may have been given back, from an instant on. */
struct change {
    ns_t at;
    int64_t units;
    uint32_t shelf, request;
};

struct changes {
    struct change *v; /* owned */
    size_t count;
};

static void changes_free(struct changes *changes)
{
    free(changes->v);
}

static void add(struct changes *changes, ns_t at, int64_t units, size_t shelf, uint32_t request)
{
    changes->v[changes->count++] = (struct change){at, units, (uint32_t)shelf, request};
}

/* Taken from its yes until it may have been given back; and, when it was kept later than that,
 * again from there. */
static void add_order(void *context, const struct case_file *facts, uint32_t request)
{
    struct changes *changes = context;
    const struct fate *fate = &facts->ledger->fates[request];
    const struct order *order = ledger_order(facts, request);
    size_t shelf = ledger_shelf(facts->ledger, order->item);
    ns_t done = facts->history->v[request].done, from = fate_from(fate);
    if (done < from)
        add(changes, done, order->units, shelf, request);
    if (done < from && from != FATE_NEVER)
        add(changes, from, -order->units, shelf, request);
    if (fate->kept == FATE_NEVER || fate->kept < from || fate->kept >= fate->back_from)
        return;
    add(changes, fate->kept, order->units, shelf, request);
    if (fate->back_from != FATE_NEVER)
        add(changes, fate->back_from, -order->units, shelf, request);
}

/* At one instant what may be given back comes first. */
static int compare(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (x->shelf != y->shelf)
        return x->shelf < y->shelf ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->units > y->units) - (x->units < y->units);
}

static void sweep(struct ledger *ledger, const struct changes *changes)
{
    int64_t taken = 0;
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->v[i];
        struct shelf *shelf = &ledger->shelves[change->shelf];
        taken = i && changes->v[i - 1].shelf == change->shelf ? taken : 0;
        taken += change->units;
        if (taken <= shelf->granted)
            continue;
        shelf->granted = taken;
        shelf->brim = change->request;
    }
}

static bool is_taken_at(const struct case_file *facts, uint32_t request, ns_t at)
{
    const struct fate *fate = &facts->ledger->fates[request];
    bool held = facts->history->v[request].done <= at && at < fate_from(fate);
    return held || (fate->kept <= at && at < fate->back_from);
}

uint32_t fates_rival(const struct case_file *facts, size_t shelf)
{
    const struct ledger *ledger = facts->ledger;
    const struct shelf *at = &ledger->shelves[shelf];
    const struct request *brim = &facts->history->v[at->brim];
    const struct fate *fate = &ledger->fates[at->brim];
    ns_t when = brim->done < fate_from(fate) ? brim->done : fate->kept;
    for (uint32_t k = at[1].first; k-- > at[0].first;) {
        uint32_t request = ledger->by_item[k];
        const struct request *other = &facts->history->v[request];
        bool another =
            other->user != brim->user || (facts->ledger->items->decimals && request != at->brim);
        if (other->cls == CLASS_ACCEPTED && another && is_taken_at(facts, request, when))
            return request;
    }
    return NO_DEED;
}

struct witness *fates_witness(const struct case_file *facts, struct finding *finding,
                              const char *what, uint32_t deed, uint32_t second)
{
    const struct history *actions = &facts->run->actions;
    struct witness *witness =
        finding->witnesses_count < LEDGER_NAMED ? finding_witness(finding, what) : NULL;
    if (!witness)
        return NULL;
    witness->user = maybe_of(actions->v[deed].user);
    case_show(witness, &actions->v[deed]);
    ledger_name(facts, witness, actions->orders[deed].item);
    if (second == NO_DEED)
        return witness;
    witness->other = maybe_of(actions->v[second].user);
    witness->other_released = actions->v[second].released;
    witness->other_done = actions->v[second].done;
    return witness;
}

/* What transfers may have brought. */
static void add_credits(const struct case_file *facts, struct changes *changes)
{
    for (size_t item = 0; item < facts->ledger->items->count; item++) {
        size_t count;
        const uint32_t *v = credits_of(&facts->ledger->credits, item, &count);
        for (size_t k = 0; k < count; k++)
            add(changes, facts->history->v[v[k]].released, -ledger_order(facts, v[k])->units, item,
                v[k]);
    }
}

int fates_peaks(const struct case_file *facts)
{
    enum { EACH = 5 /* changes of an order */ };
    struct ledger *ledger = facts->ledger;
    _cleanup_(changes_free) struct changes changes = {
        .v = malloc((facts->history->count + 1) * EACH * sizeof *changes.v)};
    if (!changes.v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < ledger->count; i++)
        fates_each_certain(facts, &ledger->claims[i], add_order, &changes);
    for (size_t s = 0; s < ledger->items->count + 2; s++)
        ledger->shelves[s].granted = 0;
    add_credits(facts, &changes);
    qsort(changes.v, changes.count, sizeof *changes.v, compare);
    sweep(ledger, &changes);
    return 0;
}
