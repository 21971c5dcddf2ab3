/* Asking a store and waiting for it: what the baseline and the collection have in common. */
#include <stdio.h>
#include <string.h>

#include "probe/probes_state.h"

int probes_blocked(const char *name, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT, "the probe of %s got no answer in time", name);
}

/* "evidence.coupons.postgres: ERROR: …": the key whose query it was, in the store's words. */
void store_blame(const struct store *store, const struct db_job *job, char *ret_text, size_t size)
{
    static const char *const keys[] = {
        [DB_COUPONS] = "evidence.coupons.", [DB_PARKED] = "evidence.parked."};
    snprintf(ret_text, size, "%s%s: %.200s", job->failed >= 0 ? keys[job->failed] : "",
             store->kind->name, job->error);
}

bool store_has_rows(const struct store *store)
{
    return store->has[DB_COUPONS] || store->has[DB_PARKED];
}

/* Reads all rows that a store has of the scenario, or only counts them; NULL after an error. */
struct db_job *probes_read_store(struct probes *probes, struct store *store, bool count_only,
                                 ns_t deadline, struct err *err)
{
    char why[READ_REASON_MAX];
    struct db_job *job = db_job_new(store->kind->run);
    if (!job) {
        err_set(err, ERR_MEMORY, "no room for a question to %s", store->kind->name);
        return NULL;
    }
    memcpy(count_only ? job->count : job->read, store->has, sizeof store->has);
    job->backends = store == probes->postgres;
    job = source_start(store->source, &job->job) ? probes_wait_db(probes, store, deadline) : NULL;
    if (!job) {
        probes_blocked(store->kind->name, err);
        return NULL;
    }
    if (job->rc) {
        store_blame(store, job, why, sizeof why);
        err_set(err, ERR_ENVIRONMENT, "%s", why);
        err->retriable = job->missing;
        db_job_drop(&job->job);
        return NULL;
    }
    probes_note(probes, store, job);
    return job;
}

struct redis_job *probes_ask_redis(struct probes *probes, struct store *store, const char *command,
                                   ns_t deadline, struct err *err)
{
    struct redis_job *job = redis_job_new(command);
    if (!job) {
        err_set(err, ERR_MEMORY, "no room for a question to redis");
        return NULL;
    }
    job =
        source_start(store->source, &job->job) ? probes_wait_redis(probes, store, deadline) : NULL;
    if (!job)
        probes_blocked("redis", err);
    return job;
}

int probes_read_counter(struct probes *probes, ns_t deadline, int64_t *ret_value, ns_t *ret_asked,
                        struct err *err)
{
    const char *command = probes->scenario->evidence.counter->redis;
    struct redis_job *job = probes_ask_redis(probes, probes->counter, command, deadline, err);
    if (!job)
        return -(int)ERR_ENVIRONMENT;
    int rc = job->rc;
    if (rc) {
        err_set(err, ERR_ENVIRONMENT, "evidence.counter.redis: %s%s", job->error,
                strstr(job->error, "WRONGTYPE")
                    ? "; a key alone is read by GET: write the command that counts it, as in SCARD "
                      "key (a set), HLEN key (a hash), LLEN key (a list), ZCARD key"
                    : "");
    } else if (!job->number.known) {
        rc = err_set(err, ERR_ENVIRONMENT, "evidence.counter.redis: '%s' is no whole number",
                     command);
    } else {
        *ret_value = job->number.value;
        *ret_asked = job->job.began;
    }
    job->job.drop(&job->job);
    return rc;
}
