#include "apply/pool.h"

#include <stdlib.h>

/* A statement from its pool_run to its report. */
struct job {
    struct pool *pool;
    size_t statement;
    struct session_values values;
    session_done_fn *done;
    void *arg;
    ns_t deadline;
    struct job *next; /* in the queue, or among the spare ones */
};

struct pool {
    struct pool_settings settings;
    struct pool_counts *counts;
    struct session_plan plan;
    struct session **sessions;
    size_t session_count;
    struct job *first, **last; /* the queue, oldest first */
    struct job *spare;
    size_t waiting; /* length of the queue */
    size_t places;  /* taken: reserved, waiting or running */
};

/* The gauges are for readers on other threads; a decision asks the sessions themselves. */
static bool any_connected(const struct pool *pool)
{
    for (size_t i = 0; i < pool->session_count; i++)
        if (session_connected(pool->sessions[i]))
            return true;
    return false;
}

static void count_sessions(struct pool *pool)
{
    size_t connected = 0, idle = 0;
    for (size_t i = 0; i < pool->session_count; i++) {
        connected += session_connected(pool->sessions[i]);
        idle += session_idle(pool->sessions[i]);
    }
    counter_set(&pool->counts->connected, connected);
    counter_set(&pool->counts->busy, connected - idle);
    counter_set(&pool->counts->waiting, pool->waiting);
}

static struct session *find_idle(const struct pool *pool)
{
    for (size_t i = 0; i < pool->session_count; i++)
        if (session_idle(pool->sessions[i]))
            return pool->sessions[i];
    return NULL;
}

static void end_job(struct job *job, enum session_result result, int64_t value)
{
    struct pool *pool = job->pool;
    session_done_fn *done = job->done;
    void *arg = job->arg;
    pool->places--;
    job->next = pool->spare;
    pool->spare = job;
    done(arg, result, value);
}

static void on_done(void *arg, enum session_result result, int64_t value)
{
    end_job(arg, result, value);
}

static void start(struct session *session, struct job *job)
{
    session_run(session, job->statement, &job->values, on_done, job);
}

static struct job *take_first(struct pool *pool)
{
    struct job *job = pool->first;
    pool->first = job->next;
    if (!pool->first)
        pool->last = &pool->first;
    pool->waiting--;
    return job;
}

static void enqueue(struct pool *pool, struct job *job, bool next)
{
    pool->waiting++;
    if (next && pool->first) {
        job->next = pool->first;
        pool->first = job;
        return;
    }
    *pool->last = job;
    pool->last = &job->next;
}

static void serve_queue(void *arg)
{
    struct pool *pool = arg;
    struct session *idle;
    while (pool->first && (idle = find_idle(pool)))
        start(idle, take_first(pool));
    count_sessions(pool);
}

int pool_new(struct event_base *base, const struct pool_settings *settings,
             struct pool_counts *counts, struct pool **ret_pool, struct err *err)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return err_set(err, ERR_MEMORY, "out of memory");
    pool->settings = *settings;
    pool->counts = counts;
    pool->last = &pool->first;
    pool->plan = (struct session_plan){settings->url, settings->schema, settings->statements,
                                       settings->statement_count};
    pool->sessions = calloc(settings->size, sizeof(struct session *));
    int rc = pool->sessions ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    while (!rc && pool->session_count < settings->size) {
        rc = session_new(base, &pool->plan, serve_queue, pool, &pool->sessions[pool->session_count],
                         err);
        pool->session_count += !rc;
    }
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
    while (pool->first)
        end_job(take_first(pool), SESSION_REFUSED, 0);
    for (size_t i = 0; i < pool->session_count; i++)
        session_free(pool->sessions[i]);
    while (pool->spare) {
        struct job *job = pool->spare;
        pool->spare = job->next;
        free(job);
    }
    free(pool->sessions);
    free(pool);
}

bool pool_reserve(struct pool *pool)
{
    bool room = pool->places < pool->session_count + pool->settings.queue;
    if (!room || !any_connected(pool)) {
        counter_add(&pool->counts->refused, 1);
        return false;
    }
    pool->places++;
    return true;
}

void pool_release(struct pool *pool)
{
    pool->places--;
}

void pool_run(struct pool *pool, size_t statement, const struct session_values *values, bool next,
              session_done_fn *done, void *arg)
{
    struct job *job = pool->spare;
    if (job)
        pool->spare = job->next;
    else
        job = malloc(sizeof *job);
    if (!job) {
        pool->places--;
        done(arg, SESSION_REFUSED, 0);
        return;
    }
    *job = (struct job){.pool = pool,
                        .statement = statement,
                        .values = *values,
                        .done = done,
                        .arg = arg,
                        .deadline = clock_now() + pool->settings.timeout};
    enqueue(pool, job, next);
    serve_queue(pool);
}

void pool_tick(struct pool *pool)
{
    ns_t now = clock_now();
    while (pool->first && pool->first->deadline <= now) {
        counter_add(&pool->counts->timeouts, 1);
        end_job(take_first(pool), SESSION_REFUSED, 0);
    }
    for (size_t i = 0; i < pool->session_count; i++) {
        ns_t since = session_busy_since(pool->sessions[i]);
        if (!since || now - since < pool->settings.timeout)
            continue;
        counter_add(&pool->counts->timeouts, 1);
        session_drop(pool->sessions[i], "no answer within the timeout");
    }
    count_sessions(pool);
}
