#include "load/schedule/pool.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

static void *work(void *context)
{
    struct worker *worker = context;
    struct pool *pool = worker->pool;
    /* The default slack of 50 us would make every scheduled start late. */
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->generation == seen && !pool->quit)
            pthread_cond_wait(&pool->changed, &pool->lock);
        if (pool->quit)
            break;
        seen = pool->generation;
        pool_task task = pool->task;
        pthread_mutex_unlock(&pool->lock);
        worker->err = (struct err){0};
        worker->rc = task(worker, &worker->err);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_broadcast(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    worker_close(worker);
    return NULL;
}

static int start_threads(struct pool *pool, struct err *err)
{
    /* Signals are for the main thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (; !error && pool->started < pool->count; pool->started += !error) {
        struct worker *worker = &pool->workers[pool->started];
        error = pthread_create(&worker->thread, NULL, work, worker);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? err_errno(err, ERR_ENVIRONMENT, error, "no more threads") : 0;
}

int pool_new(const struct setup *setup, unsigned workers, uint64_t seed, struct pool **ret_pool,
             struct err *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return err_set(err, ERR_MEMORY, "out of memory");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->workers = calloc(workers, sizeof *pool->workers);
    pool->count = pool->workers ? workers : 0;
    int rc = pool->workers ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; !rc && i < pool->count; i++) {
        pool->workers[i].pool = pool;
        rc = worker_init(&pool->workers[i], setup, i, seed + i, err);
    }
    if (!rc)
        rc = start_threads(pool, err);
    if (rc) {
        pool_free(pool);
        return rc;
    }
    *ret_pool = pool;
    return 0;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    while (pool->busy)
        pthread_cond_wait(&pool->changed, &pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    for (unsigned i = 0; i < pool->count; i++)
        worker_free(&pool->workers[i]);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}

void pool_start(struct pool *pool, pool_task task)
{
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->generation++;
    pool->busy = pool->count;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

int pool_wait(struct pool *pool, struct err *err)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->busy)
        pthread_cond_wait(&pool->changed, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];
        if (!worker->rc)
            continue;
        if (err)
            *err = worker->err;
        return worker->rc;
    }
    return 0;
}

int pool_run(struct pool *pool, pool_task task, struct err *err)
{
    pool_start(pool, task);
    return pool_wait(pool, err);
}

static int close_worker(struct worker *worker, struct err *err)
{
    (void)err;
    worker_close(worker);
    return 0;
}

void pool_close(struct pool *pool)
{
    int none = pool_run(pool, close_worker, NULL);
    (void)none;
}

void pool_slice(struct pool *pool, struct request *records, size_t count, unsigned active)
{
    for (unsigned i = 0; i < pool->count; i++)
        pool->workers[i].slice = (struct slice){
            .first = records + i,
            .count = i < active && count > i ? (count - i + active - 1) / active : 0,
            .stride = active,
            .index = i,
        };
}
