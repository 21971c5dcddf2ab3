/* A gauge: a number that must read 0 when nothing waits any more, such as the rows of an outbox
 * table that were not sent, read from whatever store its address names. It tells how many wait and
 * nothing else. A queue is the question, a lane its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "pipeline/pipeline.h"
#include "store/store.h"

struct gauge {
    struct store *store;
    char why[READ_REASON_MAX];
};

static int gauge_open(struct pipeline *pipeline, struct err *err)
{
    struct gauge *gauge = calloc(1, sizeof *gauge);
    if (!gauge)
        return err_set(err, ERR_MEMORY, "no room for the gauge");
    pipeline->state = gauge;
    pipeline->depth_only = true;
    int rc = store_open(pipeline->at, false, &gauge->store, err);
    pipeline->costly = !rc && gauge->store->ops->costly;
    return rc;
}

static const char *fail(struct gauge *gauge, const char *question, const char *why)
{
    snprintf(gauge->why, sizeof gauge->why, "%.80s: %.140s", question, why);
    return gauge->why;
}

/* A key that Redis does not have is an empty list; SQL's NULL and JSON's null are no number. Some
 * write 0 as 0.0. */
static const char *take(struct gauge *gauge, const char *question, const struct visit *visit,
                        int64_t *ret_value)
{
    char why[96], whole[32];
    *ret_value = 0;
    if (visit->rc)
        return fail(gauge, question, visit->error);
    if (!visit->value && visit->missing)
        return NULL;
    if (!visit->value)
        return fail(gauge, question, "it is null, and must be a whole number from 0 on");
    size_t length = strcspn(visit->value, ".");
    const char *behind = visit->value + length;
    snprintf(whole, sizeof whole, "%.*s", (int)length, visit->value);
    if (length < sizeof whole &&
        (!*behind || (behind[1] && !behind[1 + strspn(behind + 1, "0")])) &&
        !units_parse_int(whole, 0, INT64_MAX, ret_value, NULL))
        return NULL;
    snprintf(why, sizeof why, "'%.40s' is no whole number from 0 on", visit->value);
    return fail(gauge, question, why);
}

static const char *ask(struct gauge *gauge, const char *question, int64_t *ret_value)
{
    struct visit visit;
    visit_init(&visit);
    visit.ask = strdup(question);
    if (visit.ask)
        store_visit(gauge->store, &visit);
    const char *failure =
        visit.ask ? take(gauge, question, &visit, ret_value) : "no memory for the question";
    visit_free(&visit);
    return failure;
}

static const char *gauge_readings(struct pipeline *pipeline, bool baseline)
{
    struct gauge *gauge = pipeline->state;
    unsigned count = pipeline->spec.queues_count;
    if (!pipeline_lanes(pipeline, count))
        return "no memory";
    for (unsigned i = 0; i < count; i++) {
        int64_t value = 0;
        const char *failure = ask(gauge, pipeline->spec.queues[i], &value);
        if (failure)
            return failure;
        pipeline->lanes[i] = (struct lane_reading){(int16_t)i, 0, 0, value};
    }
    pipeline->committed_at = pipeline->ends_at = clock_now();
    pipeline->waiting = baseline ? pipeline_depth(pipeline) : pipeline->waiting;
    return NULL;
}

static void gauge_close(struct pipeline *pipeline)
{
    struct gauge *gauge = pipeline->state;
    if (gauge)
        store_close(gauge->store);
    free(gauge);
}

const struct pipeline_ops pipeline_gauge_ops = {
    .open = gauge_open, .readings = gauge_readings, .close = gauge_close};
