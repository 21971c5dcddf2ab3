/* Stories for the tests of the drain state machine: one drain, and samples made by steps. Included
 * by test programs only; not every one needs every step. */
#ifndef TESTS_DRAIN_STORY_H
#define TESTS_DRAIN_STORY_H

#include <criterion/criterion.h>
#include <string.h>

#include "probe/probe.h"
#include "verify/drain.h"

#pragma GCC diagnostic ignored "-Wunused-function"

#define MS NS_PER_MS
#define T0 (100 * NS_PER_S)

static char *topics[] = {"coupon_create"};
static struct spec_pipeline pipeline = {.queues = topics, .queues_count = 1, .group = "group_1"};
static struct spec_rows coupons = {.postgres = "SELECT user_id FROM coupon"};

/* A story: one drain, its samples and facts, made by steps in milliseconds after the settled load.
 */
struct story {
    struct scenario scenario;
    struct drain *drain;
    struct drain_facts facts;
    struct lane_reading lanes[2];
    struct sample sample;
    enum drain_step step;
    struct drain_result result;
};

static struct sample blank(void)
{
    return (struct sample){.rows = COUNT_UNKNOWN,
                           .parked = COUNT_UNKNOWN,
                           .saved = COUNT_UNKNOWN,
                           .members = COUNT_UNKNOWN,
                           .records = COUNT_UNKNOWN,
                           .unsaved = COUNT_UNKNOWN};
}

static void begin(struct story *s, bool kafka, bool rows, int64_t accepted)
{
    memset(s, 0, sizeof *s);
    s->scenario.drain = (struct spec_drain){.timeout = 30 * NS_PER_S,
                                            .rounds = 3,
                                            .quiet = NS_PER_S,
                                            .stall = 3 * NS_PER_S,
                                            .poll_min = MS,
                                            .poll_max = 50 * MS,
                                            .window = 250 * MS};
    s->scenario.evidence.pipeline = kafka ? &pipeline : NULL;
    s->scenario.evidence.coupons = rows ? &coupons : NULL;
    s->scenario.limit = 100;
    s->drain = drain_new(&s->scenario, NULL);
    s->facts = (struct drain_facts){.settled = T0, .accepted = accepted, .tried = 1000};
    s->lanes[0] = (struct lane_reading){0, 0, COMMITTED_UNDEFINED, 0};
    s->lanes[1] = (struct lane_reading){0, 1, COMMITTED_UNDEFINED, 0};
    s->sample = blank();
    struct sample baseline = blank();
    baseline.at = baseline.committed_at = baseline.ends_at = baseline.rows_at = T0 - 500 * MS;
    baseline.rows = rows ? 0 : COUNT_UNKNOWN;
    baseline.flags = SAMPLE_BASELINE;
    baseline.lanes = kafka ? s->lanes : NULL;
    baseline.lanes_count = kafka ? 2 : 0;
    cr_assert_eq(drain_feed(s->drain, &baseline, &s->facts), DRAIN_CONTINUE);
}

static void end(struct story *s)
{
    drain_free(s->drain);
}

/* The drain anew, after a change of the scenario: it has seen nothing then. */
static void renew(struct story *s)
{
    drain_free(s->drain);
    s->drain = drain_new(&s->scenario, NULL);
}

static void offsets(struct story *s, int partition, int64_t committed, int64_t last)
{
    s->lanes[partition].committed = committed;
    s->lanes[partition].end = last;
}

static void saved(struct story *s, int64_t rows, int64_t records, int64_t unsaved)
{
    s->sample.rows = rows;
    s->sample.saved = rows;
    s->sample.records = records;
    s->sample.unsaved = unsaved;
}

/* A round that ends so many ms after the load was settled, with what was set last. */
static enum drain_outcome feed(struct story *s, int64_t ms)
{
    s->sample.at = T0 + ms * MS;
    bool kafka = s->scenario.evidence.pipeline && !(s->sample.flags & SAMPLE_PIPELINE_BLOCKED);
    s->sample.committed_at = kafka ? s->sample.at - 3000 : 0;
    s->sample.ends_at = kafka ? s->sample.at - 2000 : 0;
    s->sample.lanes = kafka ? s->lanes : NULL;
    s->sample.lanes_count = kafka ? 2 : 0;
    s->sample.rows_at = s->sample.rows == COUNT_UNKNOWN ? 0 : s->sample.at - 1000;
    s->step = drain_feed(s->drain, &s->sample, &s->facts);
    drain_result(s->drain, &s->result);
    cr_assert_eq(s->step == DRAIN_DECIDED, s->result.outcome != DRAIN_NOT_RUN);
    return s->result.outcome;
}

/* Rounds every 10 ms until decided; returns the outcome, *ret_ms when. */
static enum drain_outcome feed_on(struct story *s, int64_t from, int64_t until, int64_t *ret_ms)
{
    for (int64_t ms = from; ms <= until; ms += 10)
        if (feed(s, ms) != DRAIN_NOT_RUN) {
            *ret_ms = ms;
            break;
        }
    return s->result.outcome;
}

static bool says(const struct story *s, const char *words)
{
    return strstr(s->result.detail, words) != NULL;
}

#define cr_says(story, words) cr_assert(says(story, words), "detail: %s", (story)->result.detail)
#define cr_gate(story, words)                                                                      \
    cr_assert(strstr((story)->result.gates, words), "gates: %s", (story)->result.gates)

#endif
