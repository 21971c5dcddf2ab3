/* Asking a store and waiting for it: what the baseline and the collection have in common. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "probe/probes_state.h"

int probes_blocked(const char *name, struct err *err)
{
    return err_set(err, ERR_ENVIRONMENT, "the probe of %s got no answer in time", name);
}

/* "evidence.coupons.postgres: ERROR: …": the key whose query it was, in the store's words. */
void reader_blame(const struct reader *reader, const struct store_job *job, char *ret_text,
                  size_t size)
{
    static const char *const keys[] = {[VISIT_COUPONS] = "evidence.coupons.",
                                       [VISIT_PARKED] = "evidence.parked.",
                                       [VISIT_STOCK] = "evidence.stock."};
    snprintf(ret_text, size, "%s%s: %.200s", job->visit.failed >= 0 ? keys[job->visit.failed] : "",
             reader->ops->name, job->visit.error);
}

bool reader_has_rows(const struct reader *reader)
{
    return reader->has[VISIT_COUPONS] || reader->has[VISIT_PARKED] || reader->has[VISIT_STOCK];
}

/* Reads all rows that a store has of the scenario, or only counts them; NULL after an error. */
struct store_job *probes_read_store(struct probes *probes, struct reader *reader, bool count_only,
                                    ns_t deadline, struct err *err)
{
    char why[READ_REASON_MAX];
    struct store_job *job = store_job_new();
    if (!job) {
        err_set(err, ERR_MEMORY, "no room for a question to %s", reader->ops->name);
        return NULL;
    }
    memcpy(count_only ? job->visit.count : job->visit.read, reader->has, sizeof reader->has);
    job->visit.backends = reader == probes->judged;
    job = source_start(reader->source, &job->job) ? probes_wait_store(reader, deadline) : NULL;
    if (!job) {
        probes_blocked(reader->ops->name, err);
        return NULL;
    }
    if (job->visit.rc) {
        reader_blame(reader, job, why, sizeof why);
        err_set(err, ERR_ENVIRONMENT, "%s", why);
        err->retriable = job->visit.missing;
        store_job_drop(job);
        return NULL;
    }
    probes_note(probes, reader, job);
    return job;
}

struct store_job *probes_ask_store(struct reader *reader, const char *query, ns_t deadline,
                                   struct err *err)
{
    struct store_job *job = store_job_new();
    if (!job || !(job->visit.ask = strdup(query))) {
        store_job_drop(job);
        err_set(err, ERR_MEMORY, "no room for a question to %s", reader->ops->name);
        return NULL;
    }
    bool started = source_start(reader->source, &job->job);
    job = started ? probes_wait_store(reader, deadline) : NULL;
    if (!job)
        probes_blocked(reader->ops->name, err);
    return job;
}

/* Nothing there yet is 0. */
bool visit_number(const struct visit *visit, int64_t *ret_number)
{
    *ret_number = 0;
    return !visit->value || !units_parse_int(visit->value, INT64_MIN, INT64_MAX, ret_number, NULL);
}

int probes_read_counter(struct probes *probes, ns_t deadline, int64_t *ret_value, ns_t *ret_asked,
                        struct err *err)
{
    const char *command = probes->scenario->evidence.counter->redis;
    struct store_job *job = probes_ask_store(probes->counter, command, deadline, err);
    int64_t value;
    if (!job)
        return -(int)ERR_ENVIRONMENT;
    int rc = job->visit.rc;
    if (rc) {
        err_set(err, ERR_ENVIRONMENT, "evidence.counter.redis: %s%s", job->visit.error,
                strstr(job->visit.error, "WRONGTYPE")
                    ? "; a key alone is read by GET: write the command that counts it, as in SCARD "
                      "key (a set), HLEN key (a hash), LLEN key (a list), ZCARD key"
                    : "");
    } else if (!visit_number(&job->visit, &value)) {
        rc = err_set(err, ERR_ENVIRONMENT, "evidence.counter.redis: '%s' is no whole number",
                     command);
    } else {
        *ret_value = value;
        *ret_asked = job->job.began;
    }
    store_job_drop(job);
    return rc;
}
