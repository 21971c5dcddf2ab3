#include "probe/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/probes_state.h"

#define OPEN_DEADLINE (10 * NS_PER_S)

static int blocked(const char *name, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT, "%s did not answer within %d s", name,
                   (int)(OPEN_DEADLINE / NS_PER_S));
}

/* Of one that the stack knows already, or of somebody else's. */
static void set_version(struct run *run, const struct store *store, const char *version)
{
    struct server_info *known = (struct server_info *)(uintptr_t)run_server(run, store->kind->name);
    struct server_info info = {.kind = "external"};
    snprintf(info.name, sizeof info.name, "%s", store->kind->name);
    snprintf(info.version, sizeof info.version, "%s", version);
    if (!store->own || strcmp(known->kind, "none") == 0)
        run_server_add(run, &info, store->url);
    else if (!known->version[0])
        memcpy(known->version, info.version, sizeof known->version);
}

static int greet_db(struct probes *probes, struct store *store, struct run *run, struct err *err)
{
    struct db_job *job = db_job_new(store->kind->run);
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to %s", store->kind->name);
    source_start(store->source, &job->job);
    job = probes_wait_db(probes, store, clock_now() + OPEN_DEADLINE);
    if (!job)
        return blocked(store->kind->name, err);
    int rc = job->rc;
    if (rc)
        err_set(err, ERR_ENVIRONMENT, "%s: %s", store->kind->name, job->error);
    else
        set_version(run, store, job->version);
    db_job_drop(&job->job);
    return rc;
}

static int greet_redis(struct probes *probes, struct store *store, struct run *run, struct err *err)
{
    struct redis_job *job = redis_job_new(NULL);
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to redis");
    source_start(store->source, &job->job);
    job = probes_wait_redis(probes, store, clock_now() + OPEN_DEADLINE);
    if (!job)
        return blocked("redis", err);
    int rc = job->rc;
    if (rc)
        err_set(err, ERR_ENVIRONMENT, "redis: %s", job->error);
    else
        set_version(run, store, job->version);
    job->job.drop(&job->job);
    return rc;
}

/* Connects at once, so that what is unreachable is said before anything is fired. */
static int open_stores(struct probes *probes, struct run *run, struct err *err)
{
    for (size_t i = 0; i < probes->stores_count; i++) {
        struct store *store = &probes->stores[i];
        store->source = store->kind->open(&store->wanted, err);
        if (!store->source)
            return -(int)err->code;
        int rc = store->kind == &store_redis ? greet_redis(probes, store, run, err)
                                             : greet_db(probes, store, run, err);
        if (rc)
            return rc;
    }
    return 0;
}

static int open_pipeline(struct probes *probes, const struct probe_targets *targets,
                         struct err *err)
{
    const struct spec_pipeline *spec = probes->scenario->evidence.pipeline;
    if (!spec)
        return 0;
    const char *at = stores_resolve(spec->url, "${kafka.brokers}", targets->kafka);
    if (!at)
        return err_set(err, ERR_USAGE, "pipeline: there is no %s to ask; give its url",
                       pipeline_kind(spec)->name);
    probes->pipeline = pipeline_source(pipeline_open(spec, at, probes->roster, err), err);
    return probes->pipeline ? 0 : -(int)err->code;
}

static int fill(struct probes *probes, const struct probe_targets *targets, struct run *run,
                struct err *err)
{
    unsigned expects = probes->scenario->expect_count;
    probes->stores = calloc(expects + STORES_BESIDE_EXPECTS, sizeof *probes->stores);
    probes->asked = calloc(expects + 1, sizeof(struct store *));
    if (!probes->stores || !probes->asked)
        return err_set(err, ERR_MEMORY, "no room for the probes");
    int rc = stores_want(probes, targets, err);
    if (!rc)
        rc = open_stores(probes, run, err);
    if (!rc)
        rc = open_pipeline(probes, targets, err);
    return rc;
}

int probes_open(const struct scenario *scenario, const struct probe_targets *targets,
                struct run *run, struct probes **ret_probes, struct err *err)
{
    struct err own = {0};
    struct probes *probes = calloc(1, sizeof *probes);
    if (!probes)
        return err_set(err, ERR_MEMORY, "no room for the probes");
    probes->scenario = scenario;
    probes->roster = run->roster;
    int rc = fill(probes, targets, run, &own);
    if (rc) {
        probes_close(probes);
        if (err)
            *err = own;
        return rc;
    }
    *ret_probes = probes;
    return 0;
}

void probes_close(struct probes *probes)
{
    if (!probes)
        return;
    source_close(probes->pipeline);
    for (size_t i = 0; i < probes->stores_count; i++) {
        source_close(probes->stores[i].source);
        free(probes->stores[i].url);
        db_settings_free(&probes->stores[i].wanted);
    }
    for (int slot = 0; slot < DB_SLOTS; slot++)
        rows_free(&probes->before[slot]);
    produced_free(&probes->produced);
    produced_free(&probes->dead);
    userset_free(&probes->records);
    userset_free(&probes->saved);
    free(probes->lanes);
    free(probes->stores);
    free(probes->asked);
    free(probes);
}
