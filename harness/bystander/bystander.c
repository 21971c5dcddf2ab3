#include "bystander/bystander.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hist.h"
#include "base/log.h"
#include "base/rng.h"

struct worker {
    pthread_t thread;
    bool running;
    struct bystander *bystander;
    PGconn *connection;
    unsigned index;
    int64_t errors[BYSTANDER_PERIODS];
    struct hist latency[BYSTANDER_PERIODS];
};

struct bystander {
    struct spec_bystander spec;
    PGconn *connection; /* makes and drops the table */
    atomic_int when;
    atomic_bool stop;
    unsigned workers_count;
    struct worker workers[];
};

static int execute(PGconn *connection, const char *sql, struct err *err)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return 0;
    return err_set(err, ERR_ENVIRONMENT, "bystander: %s", PQerrorMessage(connection));
}

static int open_connection(const char *postgres, PGconn **ret_connection, struct err *err)
{
    PGconn *connection = PQconnectdb(postgres);
    if (PQstatus(connection) != CONNECTION_OK) {
        err_set(err, ERR_ENVIRONMENT, "bystander: %s", PQerrorMessage(connection));
        PQfinish(connection);
        return -(int)ERR_ENVIRONMENT;
    }
    *ret_connection = connection;
    return 0;
}

static int make_table(PGconn *connection, struct err *err)
{
    char sql[512];
    snprintf(
        sql, sizeof sql,
        "SET client_min_messages = warning;"
        "DROP SCHEMA IF EXISTS rushproof_bystander CASCADE;"
        "CREATE SCHEMA rushproof_bystander;"
        "CREATE TABLE rushproof_bystander.account(id int PRIMARY KEY, balance bigint NOT NULL);"
        "INSERT INTO rushproof_bystander.account SELECT i, 0 FROM generate_series(1, %d) i",
        BYSTANDER_ROWS);
    return execute(connection, sql, err);
}

static bool transact(PGconn *connection, bool write, int64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)id);
    const char *values[] = {text};
    const char *sql =
        write ? "UPDATE rushproof_bystander.account SET balance = balance + 1 WHERE id = $1::int"
              : "SELECT balance FROM rushproof_bystander.account WHERE id = $1::int";
    PGresult *result = PQexecParams(connection, sql, 1, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (PQstatus(connection) != CONNECTION_OK)
        PQreset(connection); /* a restarted server is part of some scenarios */
    return status == (write ? PGRES_COMMAND_OK : PGRES_TUPLES_OK);
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
        if (transact(worker->connection, i % 2, rng_between(&rng, 1, BYSTANDER_ROWS)))
            hist_add(&worker->latency[when], clock_now() - due);
        else
            worker->errors[when]++;
    }
    return NULL;
}

static int start_worker(struct bystander *bystander, const char *postgres, struct err *err)
{
    struct worker *worker = &bystander->workers[bystander->workers_count];
    worker->bystander = bystander;
    worker->index = bystander->workers_count;
    int rc = open_connection(postgres, &worker->connection, err);
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

int bystander_start(const struct spec_bystander *spec, const char *postgres,
                    struct bystander **ret_bystander, struct err *err)
{
    if (!postgres)
        return err_set(err, ERR_USAGE, "bystander: the stack has no Postgres");
    size_t size = sizeof(struct bystander) + (size_t)spec->connections * sizeof(struct worker);
    struct bystander *bystander = calloc(1, size);
    if (!bystander)
        return err_set(err, ERR_MEMORY, "no room for the bystander");
    bystander->spec = *spec;
    int rc = open_connection(postgres, &bystander->connection, err);
    if (!rc)
        rc = make_table(bystander->connection, err);
    for (int64_t i = 0; !rc && i < spec->connections; i++)
        rc = start_worker(bystander, postgres, err);
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
        PQfinish(bystander->workers[i].connection);
    }
    struct err err = {0};
    if (bystander->connection &&
        execute(bystander->connection, "DROP SCHEMA IF EXISTS rushproof_bystander CASCADE", &err))
        log_warn("bystander", "%s", err.message);
    PQfinish(bystander->connection);
    struct hist *all = run ? malloc(sizeof *all) : NULL;
    if (all) {
        for (int when = 0; when < BYSTANDER_PERIODS; when++)
            summarize(bystander, (enum bystander_when)when, all, &run->bystander[when]);
        run->bystander_count = BYSTANDER_PERIODS;
    }
    free(all);
    free(bystander);
}
