#include "load/schedule/crew.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

static void *work(void *context)
{
    struct worker *worker = context;
    struct crew *crew = worker->crew;
    /* The default slack of 50 us would make every scheduled start late. */
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    uint64_t seen = 0;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (crew->generation == seen && !crew->quit)
            pthread_cond_wait(&crew->changed, &crew->lock);
        if (crew->quit)
            break;
        seen = crew->generation;
        crew_task task = crew->task;
        pthread_mutex_unlock(&crew->lock);
        worker->err = (struct err){0};
        worker->rc = task(worker, &worker->err);
        pthread_mutex_lock(&crew->lock);
        if (--crew->busy == 0)
            pthread_cond_broadcast(&crew->changed);
    }
    pthread_mutex_unlock(&crew->lock);
    worker_close(worker);
    return NULL;
}

static int start_threads(struct crew *crew, struct err *err)
{
    /* Signals are for the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (; !error && crew->started < crew->count; crew->started += !error) {
        struct worker *worker = &crew->workers[crew->started];
        error = pthread_create(&worker->thread, NULL, work, worker);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? err_errno(err, ERR_ENVIRONMENT, error, "no more threads") : 0;
}

int crew_new(const struct setup *setup, unsigned workers, uint64_t seed, struct crew **ret_crew,
             struct err *err)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew)
        return err_set(err, ERR_MEMORY, "out of memory");
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    crew->workers = calloc(workers, sizeof *crew->workers);
    crew->count = crew->workers ? workers : 0;
    bool fine = crew->workers != NULL;
    for (unsigned i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];
        worker->setup = setup;
        worker->crew = crew;
        worker->number = i;
        rng_seed(&worker->rng, seed + i);
        worker->answers = calloc(1, sizeof *worker->answers);
        fine = fine && worker->answers;
    }
    int rc = fine ? start_threads(crew, err) : err_set(err, ERR_MEMORY, "out of memory");
    if (rc) {
        crew_free(crew);
        return rc;
    }
    *ret_crew = crew;
    return 0;
}

void crew_free(struct crew *crew)
{
    if (!crew)
        return;
    pthread_mutex_lock(&crew->lock);
    while (crew->busy)
        pthread_cond_wait(&crew->changed, &crew->lock);
    crew->quit = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->started; i++)
        pthread_join(crew->workers[i].thread, NULL);
    for (unsigned i = 0; i < crew->count; i++)
        free(crew->workers[i].answers);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    free(crew->workers);
    free(crew);
}

void crew_start(struct crew *crew, crew_task task)
{
    pthread_mutex_lock(&crew->lock);
    crew->task = task;
    crew->generation++;
    crew->busy = crew->count;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

int crew_wait(struct crew *crew, struct err *err)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->busy)
        pthread_cond_wait(&crew->changed, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];
        if (!worker->rc)
            continue;
        if (err)
            *err = worker->err;
        return worker->rc;
    }
    return 0;
}

int crew_run(struct crew *crew, crew_task task, struct err *err)
{
    crew_start(crew, task);
    return crew_wait(crew, err);
}

static int close_worker(struct worker *worker, struct err *err)
{
    (void)err;
    worker_close(worker);
    return 0;
}

void crew_close(struct crew *crew)
{
    int none = crew_run(crew, close_worker, NULL);
    (void)none;
}

void crew_slice(struct crew *crew, struct request *records, size_t count, unsigned active)
{
    for (unsigned i = 0; i < crew->count; i++)
        crew->workers[i].slice = (struct slice){
            .first = records + i,
            .count = i < active && count > i ? (count - i + active - 1) / active : 0,
            .stride = active,
            .index = i,
        };
}
