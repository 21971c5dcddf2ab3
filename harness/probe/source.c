#include "probe/source.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* How long closing waits for a thread that is at rest, and for one that hangs in a job. */
#define GRACE      (3 * NS_PER_S)
#define GRACE_BUSY (300 * NS_PER_MS)

struct source {
    const char *name;
    void *state;
    const struct source_ops *ops;
    pthread_t thread;

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    struct job *posted;   /* handed over, not picked up yet */
    struct job *finished; /* done, not collected yet */
    bool running;         /* a job is in the hands of the thread */
    bool abandoned;       /* nobody waits for the running job */
    bool stop;
    bool closing; /* the state is being freed: no wake any more */
    bool ended;
    unsigned owners; /* the caller and the thread; the last one frees */
};

static void release(struct source *source)
{
    pthread_mutex_lock(&source->lock);
    bool last = --source->owners == 0;
    pthread_mutex_unlock(&source->lock);
    if (!last)
        return;
    pthread_cond_destroy(&source->changed);
    pthread_mutex_destroy(&source->lock);
    free(source);
}

static void carry_out(struct source *source, struct job *job)
{
    source->running = true;
    pthread_mutex_unlock(&source->lock);
    job->began = clock_now();
    job->run(source->state, job);
    job->ended = clock_now();
    pthread_mutex_lock(&source->lock);
    source->running = false;
    if (!source->abandoned) {
        source->finished = job;
    } else {
        source->abandoned = false;
        job->drop(job);
    }
    pthread_cond_broadcast(&source->changed);
}

static void *serve(void *argument)
{
    struct source *source = argument;
    pthread_mutex_lock(&source->lock);
    while (!source->stop) {
        struct job *job = source->posted;
        source->posted = NULL;
        if (job)
            carry_out(source, job);
        else
            pthread_cond_wait(&source->changed, &source->lock);
    }
    source->closing = true;
    pthread_mutex_unlock(&source->lock);
    source->ops->close(source->state);
    pthread_mutex_lock(&source->lock);
    source->ended = true;
    pthread_cond_broadcast(&source->changed);
    pthread_mutex_unlock(&source->lock);
    release(source);
    return NULL;
}

/* Signals are for the main thread. */
static int start_thread(struct source *source)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(&source->thread, NULL, serve, source);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

struct source *source_new(const char *name, void *state, const struct source_ops *ops,
                          struct err *err)
{
    struct source *source = calloc(1, sizeof *source);
    if (!source) {
        ops->close(state);
        err_set(err, ERR_MEMORY, "no room for the probe of %s", name);
        return NULL;
    }
    source->name = name;
    source->state = state;
    source->ops = ops;
    source->owners = 2;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&source->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&source->lock, NULL);
    int rc = start_thread(source);
    if (!rc)
        return source;
    err_errno(err, ERR_ENVIRONMENT, rc, "cannot start the probe of %s", name);
    ops->close(state);
    source->owners = 1;
    release(source);
    return NULL;
}

/* Waits on the condition with the lock held; false when the deadline has passed. */
static bool wait_until(struct source *source, ns_t deadline)
{
    struct timespec ts = {.tv_sec = deadline / NS_PER_S, .tv_nsec = deadline % NS_PER_S};
    return pthread_cond_timedwait(&source->changed, &source->lock, &ts) == 0;
}

bool source_start(struct source *source, struct job *job)
{
    pthread_mutex_lock(&source->lock);
    bool free_to_go = !source->running && !source->posted && !source->finished;
    if (free_to_go) {
        source->posted = job;
        pthread_cond_broadcast(&source->changed);
    }
    pthread_mutex_unlock(&source->lock);
    if (!free_to_go)
        job->drop(job);
    return free_to_go;
}

struct job *source_wait(struct source *source, ns_t deadline)
{
    pthread_mutex_lock(&source->lock);
    bool in_time = true;
    while (in_time && (source->posted || (source->running && !source->abandoned)))
        in_time = wait_until(source, deadline);
    struct job *job = source->finished;
    source->finished = NULL;
    struct job *unread = source->posted;
    source->posted = NULL;
    if (source->running)
        source->abandoned = true;
    pthread_mutex_unlock(&source->lock);
    if (unread)
        unread->drop(unread);
    return job;
}

void *source_state(const struct source *source)
{
    return source->state;
}

bool source_is_busy(struct source *source)
{
    pthread_mutex_lock(&source->lock);
    bool busy = source->running;
    pthread_mutex_unlock(&source->lock);
    return busy;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    struct job *left = source_wait(source, 0);
    if (left)
        left->drop(left);
    pthread_mutex_lock(&source->lock);
    source->stop = true;
    pthread_cond_broadcast(&source->changed);
    if (source->running && !source->closing && source->ops->wake)
        source->ops->wake(source->state);
    ns_t deadline = clock_now() + (source->running ? GRACE_BUSY : GRACE);
    while (!source->ended && wait_until(source, deadline))
        ;
    bool ended = source->ended;
    pthread_mutex_unlock(&source->lock);
    if (ended)
        pthread_join(source->thread, NULL);
    else
        pthread_detach(source->thread);
    release(source);
}
