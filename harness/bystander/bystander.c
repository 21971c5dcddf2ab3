#include "bystander/bystander.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/hist.h"
#include "base/log.h"
#include "base/rng.h"
#include "store/store.h"

#define ROWS_TEXT_MAX ((size_t)64 * 1024)

struct worker {
    pthread_t thread;
    bool running;
    struct bystander *bystander;
    struct store *store;
    unsigned index;
    int64_t errors[BYSTANDER_PERIODS];
    struct hist latency[BYSTANDER_PERIODS];
};

struct bystander {
    struct spec_bystander spec;
    struct store *store; /* makes and drops the table */
    atomic_int when;
    atomic_bool stop;
    unsigned workers_count;
    struct worker workers[];
};

static int run_all(struct store *store, const char *const *statements, struct err *err)
{
    int rc = 0;
    for (; !rc && *statements; statements++)
        rc = store_execute(store, *statements, err);
    return rc ? err_prefix(err, "bystander") : 0;
}

/* The words of the standard, which every database knows. */
static int drop_table(struct store *store, struct err *err)
{
    static const char *const statements[] = {"DROP TABLE IF EXISTS rushproof_bystander.account",
                                             "DROP SCHEMA IF EXISTS rushproof_bystander", NULL};
    return run_all(store, statements, err);
}

static int make_table(struct store *store, struct err *err)
{
    _cleanup_(buf_free) struct buf rows;
    buf_init(&rows, ROWS_TEXT_MAX);
    (void)buf_adds(&rows, "INSERT INTO rushproof_bystander.account VALUES ");
    for (int i = 1; i <= BYSTANDER_ROWS; i++)
        (void)buf_addf(&rows, "%s(%d, 0)", i > 1 ? ", " : "", i);
    const char *const statements[] = {
        "CREATE SCHEMA rushproof_bystander",
        "CREATE TABLE rushproof_bystander.account(id int PRIMARY KEY, balance bigint NOT NULL)",
        buf_text(&rows), NULL};
    int rc = drop_table(store, err);
    return rc ? rc : run_all(store, statements, err);
}

static bool transact(struct store *store, bool write, int64_t id)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             write ? "UPDATE rushproof_bystander.account SET balance = balance + 1 WHERE id = %lld"
                   : "SELECT balance FROM rushproof_bystander.account WHERE id = %lld",
             (long long)id);
    return !store_execute(store, sql, NULL);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct bystander *bystander = worker->bystander;
    struct rng rng;
    rng_seed(&rng, worker->index);
    ns_t gap = NS_PER_S * bystander->workers_count / bystander->spec.rate;
    ns_t due = clock_now() + gap * worker->index / bystander->workers_count;
    for (int64_t i = 0; !atomic_load(&bystander->stop); i++, due += gap) {
        clock_sleep_until(due);
        int when = atomic_load(&bystander->when);
        if (transact(worker->store, i % 2, rng_between(&rng, 1, BYSTANDER_ROWS)))
            hist_add(&worker->latency[when], clock_now() - due);
        else
            worker->errors[when]++;
    }
    return NULL;
}

static int start_worker(struct bystander *bystander, const char *url, struct err *err)
{
    struct worker *worker = &bystander->workers[bystander->workers_count];
    worker->bystander = bystander;
    worker->index = bystander->workers_count;
    int rc = store_open(url, true, &worker->store, err);
    if (!rc)
        bystander->workers_count++;
    return rc;
}

static int run_workers(struct bystander *bystander, struct err *err)
{
    for (unsigned i = 0; i < bystander->workers_count; i++) {
        struct worker *worker = &bystander->workers[i];
        int rc = pthread_create(&worker->thread, NULL, work, worker);
        if (rc)
            return err_errno(err, ERR_ENVIRONMENT, rc, "bystander: cannot start a thread");
        worker->running = true;
    }
    return 0;
}

int bystander_start(const struct spec_bystander *spec, const char *url,
                    struct bystander **ret_bystander, struct err *err)
{
    if (!url)
        return err_set(err, ERR_USAGE, "bystander: the stack has no database");
    size_t size = sizeof(struct bystander) + (size_t)spec->connections * sizeof(struct worker);
    struct bystander *bystander = calloc(1, size);
    if (!bystander)
        return err_set(err, ERR_MEMORY, "no room for the bystander");
    bystander->spec = *spec;
    int rc = store_open(url, true, &bystander->store, err);
    if (!rc)
        rc = make_table(bystander->store, err);
    for (int64_t i = 0; !rc && i < spec->connections; i++)
        rc = start_worker(bystander, url, err);
    if (!rc)
        rc = run_workers(bystander, err);
    if (rc) {
        bystander_stop(bystander, NULL);
        return rc;
    }
    *ret_bystander = bystander;
    return 0;
}

void bystander_mark(struct bystander *bystander, enum bystander_when when)
{
    if (bystander)
        atomic_store(&bystander->when, (int)when);
}

static void summarize(const struct bystander *bystander, enum bystander_when when, struct hist *all,
                      struct bystander_period *period)
{
    static const char *const names[] = {"before", "during", "after"};
    hist_init(all);
    *period = (struct bystander_period){0};
    for (unsigned i = 0; i < bystander->workers_count; i++) {
        hist_merge(all, &bystander->workers[i].latency[when]);
        period->errors += bystander->workers[i].errors[when];
    }
    snprintf(period->name, sizeof period->name, "%s", names[when]);
    period->transactions = (int64_t)all->total;
    period->p50 = hist_quantile(all, 0.50);
    period->p90 = hist_quantile(all, 0.90);
    period->p99 = hist_quantile(all, 0.99);
    period->max = all->total ? all->max : 0;
}

void bystander_stop(struct bystander *bystander, struct run *run)
{
    if (!bystander)
        return;
    atomic_store(&bystander->stop, true);
    for (unsigned i = 0; i < bystander->workers_count; i++) {
        if (bystander->workers[i].running)
            pthread_join(bystander->workers[i].thread, NULL);
        store_close(bystander->workers[i].store);
    }
    struct err err = {0};
    if (bystander->store && drop_table(bystander->store, &err))
        log_warn("bystander", "%s", err.message);
    store_close(bystander->store);
    struct hist *all = run ? malloc(sizeof *all) : NULL;
    if (all) {
        for (int when = 0; when < BYSTANDER_PERIODS; when++)
            summarize(bystander, (enum bystander_when)when, all, &run->bystander[when]);
        run->bystander_count = BYSTANDER_PERIODS;
    }
    free(all);
    free(bystander);
}
