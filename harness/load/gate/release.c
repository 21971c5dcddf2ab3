#include "load/gate/release.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "load/gate/lanes.h"

struct batch {
    struct held **list;
    void (*open)(struct held *);
};

/* Just before each leaves it is stamped; nothing else happens. */
static void let_go(void *context, size_t i)
{
    const struct batch *batch = context;
    struct held *held = batch->list[i];
    held->record->released = clock_now();
    batch->open(held);
}

/* All held requests in the order of their records. */
static struct held **gather(const struct crew *crew, size_t *ret_count)
{
    size_t count = 0, used = 0;
    for (unsigned i = 0; i < crew->count; i++)
        count += crew->workers[i].held_count;
    struct held **list = calloc(count + 1, sizeof *list);
    for (size_t k = 0; list && used < count; k++)
        for (unsigned i = 0; i < crew->count; i++)
            if (k < crew->workers[i].held_count)
                list[used++] = &crew->workers[i].held[k];
    *ret_count = count;
    return list;
}

static void set_planned(struct held **list, size_t count, ns_t origin)
{
    for (size_t i = 0; i < count; i++)
        list[i]->record->planned = origin;
}

/* Moves requests that are no longer held to the end of the list, stamped; returns how many are
 * left. */
static size_t set_aside_late(const struct gate_ops *gate, struct held **list, size_t count)
{
    if (!gate->still_held)
        return count;
    for (size_t i = 0; i < count;) {
        struct held *held = list[i];
        if (gate->still_held(held)) {
            i++;
            continue;
        }
        held->record->planned = held->record->released = held->caught;
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
        list[i]->record->released = *origin;
    return freezer->thaw(freezer->context, err);
}

int release_all(struct crew *crew, const struct gate_ops *gate, unsigned threads,
                const struct load_freezer *freezer, ns_t *ret_origin, int64_t *ret_late,
                struct err *err)
{
    size_t all;
    _cleanup_free_ struct held **list = gather(crew, &all);
    if (!list)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = gate->freezes ? freezer->freeze(freezer->context, err) : 0;
    if (rc)
        return rc;
    size_t count = set_aside_late(gate, list, all);
    bool urgent = lanes_urgent();
    struct batch batch = {list, gate->open};
    ns_t origin = lanes_run(urgent, lanes_choose(urgent, threads, count), count, let_go, &batch);
    rc = thaw(gate, freezer, list, count, &origin, err);
    set_planned(list, count, origin);
    *ret_origin = origin;
    *ret_late = (int64_t)(all - count);
    return rc;
}
