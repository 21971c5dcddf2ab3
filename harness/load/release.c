#include "load/release.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

/* One thread's part: every `stride`-th from `begin` on. */
struct lane {
    struct held **list;
    size_t begin, stride, count;
    void (*open)(struct held *);
    atomic_bool *go;
    atomic_uint *ready;
    pthread_t thread;
};

struct urgency {
    bool raised;
    int policy;
    struct sched_param parameter;
};

/* Every request that leaves wakes a thread of a target on the same machine, which would get this
 * thread's core in the middle of the loop. Real-time order for these few milliseconds keeps the
 * burst together, where the system lets us have it (root, CAP_SYS_NICE or an rtprio limit);
 * elsewhere nothing changes. */
static struct urgency raise_urgency(void)
{
    struct urgency before = {0};
    struct sched_param wanted = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    pthread_t self = pthread_self();
    before.raised = !pthread_getschedparam(self, &before.policy, &before.parameter) &&
                    !pthread_setschedparam(self, SCHED_FIFO, &wanted);
    return before;
}

static void lower_urgency(const struct urgency *before)
{
    if (before->raised)
        pthread_setschedparam(pthread_self(), before->policy, &before->parameter);
}

static void let_go(const struct lane *lane)
{
    for (size_t i = lane->begin; i < lane->count; i += lane->stride) {
        struct held *held = lane->list[i];
        held->record->released = clock_now();
        lane->open(held);
    }
}

static void *run_lane(void *context)
{
    struct lane *lane = context;
    raise_urgency();
    atomic_fetch_add_explicit(lane->ready, 1, memory_order_relaxed);
    /* Awake until all lanes run: a sleeper would be late. */
    while (!atomic_load_explicit(lane->go, memory_order_acquire))
        sched_yield();
    let_go(lane);
    return NULL;
}

/* Returns the instant at which the gate opened: all lanes were awake by then. */
static ns_t run_lanes(struct lane *lanes, unsigned count)
{
    atomic_bool go = false;
    atomic_uint ready = 1;
    unsigned started = 1;
    for (unsigned i = 0; i < count; i++) {
        lanes[i].go = &go;
        lanes[i].ready = &ready;
    }
    for (; started < count; started++)
        if (pthread_create(&lanes[started].thread, NULL, run_lane, &lanes[started]))
            break;
    struct urgency before = raise_urgency();
    while (atomic_load_explicit(&ready, memory_order_relaxed) < started)
        sched_yield();
    ns_t opened = clock_now();
    atomic_store_explicit(&go, true, memory_order_release);
    let_go(&lanes[0]);
    lower_urgency(&before);
    for (unsigned i = 1; i < started; i++)
        pthread_join(lanes[i].thread, NULL);
    for (unsigned i = started; i < count; i++)
        let_go(&lanes[i]); /* no thread to be had: late, but not lost */
    return opened;
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

/* More than there are cores would only take turns. */
static unsigned limit_threads(unsigned wanted)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned most = cores < 1                     ? 1
                    : cores < RELEASE_THREADS_MAX ? (unsigned)cores
                                                  : RELEASE_THREADS_MAX;
    return wanted < 1 ? 1 : wanted < most ? wanted : most;
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
    struct lane lanes[RELEASE_THREADS_MAX];
    threads = limit_threads(threads);
    for (unsigned i = 0; i < threads; i++)
        lanes[i] = (struct lane){
            .list = list, .begin = i, .stride = threads, .count = count, .open = gate->open};
    ns_t origin = run_lanes(lanes, threads);
    rc = thaw(gate, freezer, list, count, &origin, err);
    set_planned(list, count, origin);
    *ret_origin = origin;
    *ret_late = (int64_t)(all - count);
    return rc;
}
