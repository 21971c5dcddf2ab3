#include "probe/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#include "probe/probes_state.h"

#define OPEN_DEADLINE (10 * NS_PER_S)

static int blocked(const char *name, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT, "%s did not answer within %d s", name,
                   (int)(OPEN_DEADLINE / NS_PER_S));
}

/* Of one that the stack knows already, or of somebody else's. */
static void set_version(struct run *run, const struct reader *reader, const char *version)
{
    struct server_info *known = (struct server_info *)(uintptr_t)run_server(run, reader->ops->name);
    struct server_info info = {.kind = "external"};
    snprintf(info.name, sizeof info.name, "%s", reader->ops->name);
    snprintf(info.version, sizeof info.version, "%s", version);
    if (!reader->own || strcmp(known->kind, "none") == 0)
        run_server_add(run, &info, reader->url);
    else if (!known->version[0])
        memcpy(known->version, info.version, sizeof known->version);
}

static int greet(struct reader *reader, struct run *run, struct err *err)
{
    struct store_job *job = store_job_new();
    if (!job)
        return err_set(err, ERR_MEMORY, "no room for a question to %s", reader->ops->name);
    source_start(reader->source, &job->job);
    job = probes_wait_store(reader, clock_now() + OPEN_DEADLINE);
    if (!job)
        return blocked(reader->ops->name, err);
    int rc = job->visit.rc;
    if (rc)
        err_set(err, ERR_ENVIRONMENT, "%s: %s", reader->ops->name, job->visit.error);
    else
        set_version(run, reader, job->visit.version);
    store_job_drop(job);
    return rc;
}

/* Connects at once, so that what is unreachable is said before anything is fired. */
static int open_readers(struct probes *probes, struct run *run, struct err *err)
{
    for (size_t i = 0; i < probes->readers_count; i++) {
        struct reader *reader = &probes->readers[i];
        reader->source = store_job_source(TAKE(reader->session), err);
        int rc = reader->source ? greet(reader, run, err) : -(int)err->code;
        if (rc)
            return rc;
    }
    return 0;
}

static int open_pipeline(struct probes *probes, const struct probe_targets *targets,
                         struct err *err)
{
    if (!probes->scenario->evidence.pipeline)
        return 0;
    struct spec_pipeline spec = *probes->scenario->evidence.pipeline;
    _cleanup_free_ char *at = NULL, *management = NULL;
    const char *where = spec.url ? spec.url : pipeline_kind(&spec)->at;
    if (targets_resolve(targets, "pipeline", where, &at, err) ||
        (spec.management &&
         targets_resolve(targets, "pipeline", spec.management, &management, err)))
        return -(int)err->code;
    spec.management = management;
    probes->pipeline = pipeline_source(pipeline_open(&spec, at, probes->roster, err), err);
    return probes->pipeline ? 0 : -(int)err->code;
}

static int fill(struct probes *probes, const struct probe_targets *targets, struct run *run,
                struct err *err)
{
    unsigned expects = probes->scenario->expect_count;
    probes->readers = calloc(expects + STORES_BESIDE_EXPECTS, sizeof *probes->readers);
    probes->asked = calloc(expects + 1, sizeof(struct reader *));
    if (!probes->readers || !probes->asked)
        return err_set(err, ERR_MEMORY, "no room for the probes");
    int rc = readers_want(probes, targets, err);
    if (!rc)
        rc = open_readers(probes, run, err);
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
    probes->items = run->items;
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
    for (size_t i = 0; i < probes->readers_count; i++) {
        source_close(probes->readers[i].source);
        store_close(probes->readers[i].session);
        free(probes->readers[i].url);
    }
    for (int slot = 0; slot < VISIT_SLOTS; slot++)
        rows_free(&probes->before[slot]);
    produced_free(&probes->produced);
    produced_free(&probes->dead);
    userset_free(&probes->records);
    userset_free(&probes->saved);
    free(probes->lanes);
    free(probes->readers);
    free(probes->asked);
    free(probes);
}
