#include "load/gate/lanes.h"

#include <linux/capability.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LANE_ITEMS = 64 /* of 4 to 10 us each: less than a slice */ };

/* For the last of the sleepers to be asleep. */
#define LULL NS_PER_MS
/* Before an instant that was agreed upon: threads start, and fall asleep. */
#define LEAD (10 * NS_PER_MS)
/* So much before it a sleeper may wake up late. */
#define OVERSLEEP (200 * NS_PER_US)

struct field {
    void (*each)(void *context, size_t i);
    void *context;
    size_t count;
    unsigned lanes;
    bool urgent;
    atomic_uint go; /* what sleepers wait for; a futex */
    atomic_uint ready;
};

struct lane {
    struct field *field;
    size_t begin;
    pthread_t thread;
};

struct urgency {
    bool raised;
    int policy;
    struct sched_param parameter;
};

/* A soft limit that is lower than the hard one is ours to raise. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_RTPRIO, &limit) || limit.rlim_cur || !limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_RTPRIO, &limit);
}

/* A capability of the program's file that is permitted, and takes effect on demand (`setcap
 * cap_sys_nice+p`): unlike one in effect it does not keep the program from starting where the
 * capability cannot be had at all. Of the calling thread; threads that it starts have it too. */
static bool raise_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    const uint32_t nice = CAP_TO_MASK(CAP_SYS_NICE);
    if (syscall(SYS_capget, &header, sets) || !(sets[0].permitted & nice) ||
        sets[0].effective & nice)
        return false;
    sets[0].effective |= nice;
    return !syscall(SYS_capset, &header, sets);
}

static struct urgency raise_urgency(void)
{
    struct urgency before = {0};
    struct sched_param wanted = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    pthread_t self = pthread_self();
    before.raised = !pthread_getschedparam(self, &before.policy, &before.parameter) &&
                    (!pthread_setschedparam(self, SCHED_FIFO, &wanted) ||
                     (raise_capability() && !pthread_setschedparam(self, SCHED_FIFO, &wanted)));
    return before;
}

static void lower_urgency(const struct urgency *before)
{
    if (before->raised)
        pthread_setschedparam(pthread_self(), before->policy, &before->parameter);
}

bool lanes_urgent(void)
{
    raise_limit();
    struct urgency before = raise_urgency();
    lower_urgency(&before);
    return before.raised;
}

void lanes_raise(void)
{
    raise_urgency();
}

unsigned lanes_choose(bool urgent, unsigned threads, size_t count, bool connects)
{
    size_t items = connects ? LANE_ITEMS / 4 : LANE_ITEMS;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = urgent ? (size_t)(cores < 1 ? 1 : cores) : LANES_MAX;
    size_t wanted = threads < 2 ? 1
                    : urgent    ? threads /* more than there are cores would only take turns */
                                : (count + items - 1) / items;
    if (!urgent && threads >= 2 && wanted < threads)
        wanted = threads;
    return (unsigned)(wanted < most ? wanted : most);
}

static void go_through(const struct field *field, size_t begin)
{
    for (size_t i = begin; i < field->count; i += field->lanes)
        field->each(field->context, i);
}

static void wait_for_go(struct field *field)
{
    if (field->urgent) {
        /* Awake until all lanes run: a sleeper would be late. */
        while (!atomic_load_explicit(&field->go, memory_order_acquire))
            sched_yield();
        return;
    }
    while (!atomic_load_explicit(&field->go, memory_order_acquire))
        syscall(SYS_futex, &field->go, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void *run_lane(void *argument)
{
    struct lane *lane = argument;
    struct field *field = lane->field;
    if (field->urgent)
        raise_urgency();
    atomic_fetch_add_explicit(&field->ready, 1, memory_order_relaxed);
    wait_for_go(field);
    go_through(field, lane->begin);
    return NULL;
}

static unsigned start_lanes(struct field *field, struct lane *lanes)
{
    unsigned started = 1; /* the first is the caller's own */
    for (; started < field->lanes; started++) {
        lanes[started] = (struct lane){.field = field, .begin = started};
        if (pthread_create(&lanes[started].thread, NULL, run_lane, &lanes[started]))
            break;
    }
    return started;
}

static void open_gate(struct field *field)
{
    atomic_store_explicit(&field->go, 1, memory_order_release);
    if (!field->urgent)
        syscall(SYS_futex, &field->go, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/* Awake at the instant itself. */
static void await(ns_t at)
{
    if (!at)
        return;
    clock_sleep_until(at - OVERSLEEP);
    while (clock_now() < at)
        ;
}

ns_t lanes_run(bool urgent, unsigned count, ns_t at, size_t items,
               void (*each)(void *context, size_t i), void *context)
{
    struct field field = {.each = each,
                          .context = context,
                          .count = items,
                          .lanes = count < 1           ? 1
                                   : count < LANES_MAX ? count
                                                       : LANES_MAX,
                          .urgent = urgent};
    struct lane lanes[LANES_MAX];
    if (at)
        clock_sleep_until(at - LEAD);
    unsigned started = start_lanes(&field, lanes);
    struct urgency before = {0};
    if (urgent)
        before = raise_urgency();
    while (atomic_load_explicit(&field.ready, memory_order_relaxed) + 1 < started)
        sched_yield();
    if (!urgent && started > 1)
        clock_sleep_until(clock_now() + LULL);
    await(at);
    ns_t opened = clock_now();
    open_gate(&field);
    go_through(&field, 0);
    lower_urgency(&before);
    for (unsigned i = 1; i < started; i++)
        pthread_join(lanes[i].thread, NULL);
    for (unsigned i = started; i < field.lanes; i++)
        go_through(&field, i); /* no thread to be had: late, but not lost */
    return opened;
}
