/* The thread of a source: jobs that come back, jobs that do not. No server needed. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "probe/source.h"
#include "stories.h"

struct turnstile { /* the state of a source that can be held */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool shut;
    int served;
};

static atomic_int turnstiles_alive, jobs_alive;

struct errand {
    struct job job;
    int number;
};

static void run_errand(void *state, struct job *job)
{
    struct turnstile *turnstile = state;
    pthread_mutex_lock(&turnstile->lock);
    while (turnstile->shut)
        pthread_cond_wait(&turnstile->changed, &turnstile->lock);
    turnstile->served++;
    pthread_mutex_unlock(&turnstile->lock);
    ((struct errand *)job)->number += 100;
}

static void drop_errand(struct job *job)
{
    atomic_fetch_sub(&jobs_alive, 1);
    free(job);
}

static struct job *errand(int number)
{
    struct errand *new = calloc(1, sizeof *new);
    new->job.run = run_errand;
    new->job.drop = drop_errand;
    new->number = number;
    atomic_fetch_add(&jobs_alive, 1);
    return &new->job;
}

static void close_turnstile(void *state)
{
    struct turnstile *turnstile = state;
    pthread_mutex_destroy(&turnstile->lock);
    pthread_cond_destroy(&turnstile->changed);
    free(turnstile);
    atomic_fetch_sub(&turnstiles_alive, 1);
}

static void set_shut(struct turnstile *turnstile, bool shut)
{
    pthread_mutex_lock(&turnstile->lock);
    turnstile->shut = shut;
    pthread_cond_broadcast(&turnstile->changed);
    pthread_mutex_unlock(&turnstile->lock);
}

static struct source *open_turnstile(struct turnstile **ret_turnstile)
{
    static const struct source_ops ops = {close_turnstile, NULL};
    struct turnstile *turnstile = calloc(1, sizeof *turnstile);
    pthread_mutex_init(&turnstile->lock, NULL);
    pthread_cond_init(&turnstile->changed, NULL);
    atomic_fetch_add(&turnstiles_alive, 1);
    struct err err = {0};
    struct source *source = source_new("turnstile", turnstile, &ops, &err);
    check(source != NULL, "%s", err.message);
    *ret_turnstile = turnstile;
    return source;
}

static void await(atomic_int *count, int value)
{
    ns_t deadline = SOON;
    while (atomic_load(count) != value && clock_now() < deadline)
        clock_sleep_until(clock_now() + MS);
    check_eq(atomic_load(count), value);
}

static int collect(struct source *source, ns_t wait)
{
    struct job *job = source_wait(source, clock_now() + wait);
    int number = job ? ((struct errand *)job)->number : -1;
    if (job)
        job->drop(job);
    return number;
}

void story_source_returns_jobs(void)
{
    struct turnstile *turnstile;
    struct source *source = open_turnstile(&turnstile);
    check(source_wait(source, clock_now()) == NULL, "a job that was never started");
    for (int i = 0; i < 1000; i++) {
        check(source_start(source, errand(i)), "the source is free");
        check_eq(collect(source, BUSY), i + 100);
    }
    check(source_start(source, errand(1)), "the source is free");
    source_close(source); /* with a job that nobody collected */
    check_eq(atomic_load(&jobs_alive), 0);
    check_eq(atomic_load(&turnstiles_alive), 0);
}

void story_source_abandons_late_jobs(void)
{
    struct turnstile *turnstile;
    struct source *source = open_turnstile(&turnstile);
    set_shut(turnstile, true);
    ns_t before = clock_now();
    check(source_start(source, errand(1)), "the source is free");
    check_eq(collect(source, 50 * MS), -1);
    check(clock_now() - before < BUSY, "waited %lld ms for 50",
          (long long)((clock_now() - before) / MS));
    check(source_is_busy(source), "the abandoned job still runs");
    check(!source_start(source, errand(2)), "a busy source takes no second job");
    check_eq(collect(source, NS_PER_S), -1); /* at once: there is nothing to wait for */
    set_shut(turnstile, false);
    await(&jobs_alive, 0); /* dropped when it ended, its answer seen by nobody */
    check(source_start(source, errand(3)), "free again");
    check_eq(collect(source, BUSY), 103);
    source_close(source);
    check_eq(atomic_load(&turnstiles_alive), 0);
}

void story_source_closes_while_blocked(void)
{
    struct turnstile *turnstile;
    struct source *source = open_turnstile(&turnstile);
    set_shut(turnstile, true);
    check(source_start(source, errand(1)), "the source is free");
    check_eq(collect(source, 20 * MS), -1);
    ns_t before = clock_now();
    source_close(source);
    check(clock_now() - before < BUSY, "closing took %lld ms",
          (long long)((clock_now() - before) / MS));
    check_eq(atomic_load(&turnstiles_alive), 1); /* the thread still has it */
    set_shut(turnstile, false);
    await(&turnstiles_alive, 0); /* and frees it when it is let go */
    await(&jobs_alive, 0);
}

/* Starts, late answers and closings at every possible moment: what the sanitizers are to look at.
 */
void story_source_under_load(void)
{
    for (int round = 0; round < 200; round++) {
        struct turnstile *turnstile;
        struct source *source = open_turnstile(&turnstile);
        for (int i = 0; i < 20; i++) {
            bool started = source_start(source, errand(i));
            int number = collect(source, round % 3 ? NS_PER_S : (ns_t)(round % 7) * 5 * NS_PER_US);
            check(!started || number == i + 100 || number == -1, "job %d came back as %d", i,
                  number);
        }
        if (round % 2)
            (void)source_start(source, errand(99));
        source_close(source);
    }
    await(&jobs_alive, 0);
    await(&turnstiles_alive, 0);
}
