/* The values that sql and redis expectations ask for. */
#include <stdlib.h>
#include <string.h>

#include "probe/probes_state.h"

static void set_reason(struct asked *asked, const char *reason)
{
    asked->known = false;
    asked->reason = strdup(reason);
}

/* True: it asks a table that is not there. */
static bool ask_database(struct probes *probes, struct store *store, const char *query,
                         ns_t deadline, struct asked *asked)
{
    struct db_job *job = db_job_new(store->kind->run);
    if (job)
        job->ask = strdup(query);
    bool started = job && source_start(store->source, &job->job);
    job = started ? probes_wait_db(probes, store, deadline) : NULL;
    if (!job) {
        set_reason(asked, "the database did not answer in time");
        return false;
    }
    asked->known = job->rc == 0;
    asked->value = job->value;
    job->value = NULL;
    bool missing = job->missing;
    if (job->rc)
        set_reason(asked, job->error);
    db_job_drop(&job->job);
    return missing;
}

static bool ask_value(struct probes *probes, unsigned index, ns_t deadline, struct asked *asked)
{
    struct store *store = probes->asked[index];
    const char *query = probes->scenario->expect[index].query;
    if (store->kind != &store_redis)
        return ask_database(probes, store, query, deadline, asked);
    struct err err = {0};
    struct redis_job *job = probes_ask_redis(probes, store, query, deadline, &err);
    if (!job) {
        set_reason(asked, err.message);
        return false;
    }
    asked->known = job->rc == 0;
    asked->value = job->value;
    job->value = NULL;
    if (job->rc)
        set_reason(asked, job->error);
    job->job.drop(&job->job);
    return false;
}

static void free_asked(struct asked *asked)
{
    free(asked->value);
    free(asked->reason);
    *asked = (struct asked){0};
}

/* Every expectation's query is tried before the load, so that a slip of the pen does not cost a
 * run. */
int asked_try(struct probes *probes, ns_t deadline, struct err *err)
{
    for (unsigned i = 0; i < probes->scenario->expect_count; i++) {
        struct asked asked = {0};
        if (!probes->asked[i])
            continue;
        bool missing = ask_value(probes, i, deadline, &asked);
        int rc = asked.known ? 0
                             : err_set(err, ERR_ENVIRONMENT, "expect.%u.query (%s): %s", i,
                                       probes->scenario->expect[i].check,
                                       asked.reason ? asked.reason : "no memory");
        free_asked(&asked);
        if (rc) {
            err->retriable = missing;
            return rc;
        }
    }
    return 0;
}

int asked_collect(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
{
    unsigned count = probes->scenario->expect_count;
    if (count == 0)
        return 0;
    if (!evidence->asked) {
        evidence->asked = calloc(count, sizeof *evidence->asked);
        if (!evidence->asked)
            return err_set(err, ERR_MEMORY, "no room for %u values", count);
        evidence->asked_count = count;
    }
    for (unsigned i = 0; i < count; i++) {
        free_asked(&evidence->asked[i]);
        if (probes->asked[i])
            ask_value(probes, i, deadline, &evidence->asked[i]);
    }
    return 0;
}
