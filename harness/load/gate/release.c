#include "load/gate/release.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "load/gate/lanes.h"
#include "load/gate/staging.h"

struct batch {
    struct held **list;
    void (*open)(struct held *);
    atomic_llong longest;
};

static void stamp(const struct held *held, ns_t released)
{
    for (uint32_t i = 0; i < held->count; i++)
        held->records[(size_t)i * held->stride].released = released;
}

static void plan(const struct held *held, ns_t planned)
{
    for (uint32_t i = 0; i < held->count; i++)
        held->records[(size_t)i * held->stride].planned = planned;
}

/* Just before each leaves it is stamped, and how far behind that stamp it can have left is known
 * just after. */
static void let_go(void *context, size_t i)
{
    struct batch *batch = context;
    struct held *held = batch->list[i];
    ns_t released = clock_now();
    stamp(held, released);
    batch->open(held);
    long long took = clock_now() - released, longest = atomic_load(&batch->longest);
    while (took > longest && !atomic_compare_exchange_weak(&batch->longest, &longest, took))
        ;
}

/* All that is held, in the order of the records. */
static struct held **gather(const struct pool *pool, size_t *ret_count)
{
    size_t count = 0, used = 0;
    for (unsigned i = 0; i < pool->count; i++)
        count += pool->workers[i].staging->held_count;
    struct held **list = calloc(count + 1, sizeof *list);
    for (size_t k = 0; list && used < count; k++)
        for (unsigned i = 0; i < pool->count; i++)
            if (k < pool->workers[i].staging->held_count)
                list[used++] = &pool->workers[i].staging->held[k];
    *ret_count = count;
    return list;
}

/* Moves requests that are no longer held to the end of the list, stamped; returns how many are
 * left. */
static size_t set_aside_late(const struct gate_ops *gate, struct held **list, size_t count,
                             int64_t *ret_late)
{
    *ret_late = 0;
    if (!gate->still_held)
        return count;
    for (size_t i = 0; i < count;) {
        struct held *held = list[i];
        if (gate->still_held(held)) {
            i++;
            continue;
        }
        plan(held, held->caught);
        stamp(held, held->caught);
        *ret_late += held->count;
        list[i] = list[--count];
        list[count] = held;
    }
    return count;
}

static int thaw(const struct gate_ops *gate, const struct load_freezer *freezer, struct held **list,
                size_t count, ns_t *origin, struct err *err)
{
    if (!gate->freezes)
        return 0;
    /* Nothing of what was sent can be looked at before this instant. */
    *origin = clock_now();
    for (size_t i = 0; i < count; i++)
        stamp(list[i], *origin);
    return freezer->thaw(freezer->context, err);
}

int release_all(struct pool *pool, const struct gate_ops *gate, unsigned threads,
                const struct load_freezer *freezer, ns_t at, struct released *ret_released,
                struct err *err)
{
    size_t all;
    _cleanup_free_ struct held **list = gather(pool, &all);
    if (!list)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = gate->freezes ? freezer->freeze(freezer->context, err) : 0;
    if (rc)
        return rc;
    size_t count = set_aside_late(gate, list, all, &ret_released->late);
    bool urgent = lanes_urgent();
    struct batch batch = {.list = list, .open = gate->open};
    ns_t origin = lanes_run(urgent, lanes_choose(urgent, threads, count, gate->connects), at, count,
                            let_go, &batch);
    rc = thaw(gate, freezer, list, count, &origin, err);
    for (size_t i = 0; i < count; i++)
        plan(list[i], origin);
    ret_released->origin = origin;
    ret_released->send_longest = atomic_load(&batch.longest);
    return rc;
}
