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
static bool ask_value(struct probes *probes, unsigned index, ns_t deadline, struct asked *asked)
{
    struct err err = {0};
    struct store_job *job = probes_ask_store(probes->asked[index],
                                             probes->scenario->expect[index].query, deadline, &err);
    if (!job) {
        set_reason(asked, err.message);
        return false;
    }
    asked->known = job->visit.rc == 0;
    asked->value = job->visit.value;
    job->visit.value = NULL;
    bool missing = job->visit.missing;
    if (job->visit.rc)
        set_reason(asked, job->visit.error);
    store_job_drop(job);
    return missing;
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
