/* What can go wrong in a planted run, and the table of all kinds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "plant_inside.h"

static void spoil_24(struct run *run, struct rng *rng)
{
    (void)rng;
    struct drain_result *drain = &run->drain;
    ns_t last = run->tally.last_response;
    run->evidence.coupons.count = 24;
    drain->rows_at_last_response = drain->rows_at_assert = 24;
    drain->lag_at_assert = 76;
    drain->asserted = last + 2 * NS_PER_MS;
    run->evidence.coupons.asked = last + NS_PER_MS;
    drain->last_growth = drain->last_commit = last + 412 * NS_PER_MS;
    drain->decided = drain->last_growth + 4 * NS_PER_MS;
    timeline_free(&run->timeline);
    plant_sample(run, PLANT_ORIGIN - 30 * NS_PER_MS, 0, SAMPLE_BASELINE, NULL);
    for (ns_t at = PLANT_ORIGIN + NS_PER_MS; at < last + 408 * NS_PER_MS; at += NS_PER_MS) {
        int64_t rows =
            at < PLANT_ORIGIN + 6 * NS_PER_MS ? 0 : (at - PLANT_ORIGIN - 6 * NS_PER_MS) / NS_PER_MS;
        plant_sample(run, at, rows < 24 ? rows : 24, 0, NULL);
    }
    for (int i = 1; i <= 12; i++) {
        int64_t rows = 24 + i * 19;
        plant_sample(run, last + (408 + i) * NS_PER_MS, rows < PLANT_LIMIT ? rows : PLANT_LIMIT, 0,
                     NULL);
    }
    run_event_add(run, last + 400 * NS_PER_MS, "signal consumer");
}

static void spoil_lossy(struct run *run, struct rng *rng)
{
    (void)rng;
    struct rows *coupons = &run->evidence.coupons;
    coupons->v[17] = coupons->v[18]; /* one lost, one twice: the count still is 100 */
    coupons->v[17].id = 18;
    coupons->v[40].user = coupons->v[40].user + 400; /* one who was told no */
    run->drain.outcome = DRAIN_DRAINED_LOSSY;
    snprintf(run->drain.detail, sizeof run->drain.detail,
             "2 users told yes have no row, and nothing is left to consume");
}

/* Late comers win, early ones are turned away. */
static void spoil_unfair(struct run *run, struct rng *rng)
{
    struct history *history = &run->history;
    struct rows *coupons = &run->evidence.coupons;
    for (int i = 0; i < 12; i++) {
        struct request *winner = &history->v[i * 3], *loser;
        loser = &history->v[history->count - 1 - rng_below(rng, history->count / 10)];
        if (winner->cls != CLASS_ACCEPTED || loser->cls != CLASS_REJECTED)
            continue;
        for (size_t k = 0; k < coupons->count; k++) {
            if (coupons->v[k].user == winner->user)
                coupons->v[k].user = run->evidence.produced.v[k].user = loser->user;
        }
        winner->cls = CLASS_REJECTED;
        winner->status = 410;
        loser->cls = CLASS_ACCEPTED;
        loser->status = 202;
        request_set_rank(loser, maybe_of(winner->rank));
        request_set_rank(winner, (struct maybe){0});
        loser->released = winner->done + 3 * NS_PER_MS + i * NS_PER_MS;
        if (loser->done < loser->released)
            loser->done = loser->released + NS_PER_MS;
    }
}

static void spoil_invalid(struct run *run, struct rng *rng)
{
    (void)rng;
    for (size_t i = 0; i < run->history.count; i++) {
        ns_t late = (ns_t)i * 60 * NS_PER_US;
        run->history.v[i].released += late;
        run->history.v[i].first_byte += late;
        run->history.v[i].done += late;
    }
}

static void spoil_stalled(struct run *run, struct rng *rng)
{
    (void)rng;
    run->evidence.coupons.count = 57;
    run->drain.outcome = DRAIN_STALLED;
    run->drain.rows_at_assert = run->drain.rows_max = 57;
    run->drain.lag_at_assert = 43;
    run->drain.decided += 3 * NS_PER_S;
    snprintf(run->drain.detail, sizeof run->drain.detail,
             "coupon_create[1] committed 17 of 34, unchanged for 3 s");
    for (size_t i = 0; i < run->timeline.count; i++) {
        struct sample *sample = &run->timeline.v[i];
        if (sample->rows > 57)
            sample->rows = sample->saved = 57;
        for (uint32_t k = 0; k < sample->lanes_count; k++)
            if (sample->lanes[k].committed > 17)
                sample->lanes[k].committed = 17;
    }
    run->processes[0].signal = 9;
    snprintf(run->processes[0].asked, sizeof run->processes[0].asked, "fault");
    run->processes[0].ended = PLANT_ORIGIN + 17 * NS_PER_MS;
    run->processes[1].exit_code = 0;
    run->processes[1].once = true;
    run->processes[1].ended = PLANT_ORIGIN + 19 * NS_PER_MS;
    run->processes[run->processes_count++] =
        (struct process_info){.name = "redis",
                              .exit_code = 3,
                              .unexpected = true,
                              .server = true,
                              .log = "out of \"memory\"",
                              .ended = PLANT_ORIGIN + 21 * NS_PER_MS,
                              .looked = PLANT_ORIGIN + 30 * NS_PER_MS};
    run_event_add(run, PLANT_ORIGIN + 17 * NS_PER_MS, "kill consumer");
}

/* Texts that want to be markup, and numbers at the ends of their types. */
static void spoil_hostile(struct run *run, struct rng *rng)
{
    static const char evil[] =
        "</script><script>document.title='owned'</script>\"'&<img src=x onerror=alert(1)> "
        "]]> \x1b[31mred\x07 \xff\xfe | `code` ${x} {{user}} \xe2\x80\xa8 end";
    spoil_lossy(run, rng);
    snprintf(run->drain.detail, sizeof run->drain.detail, "%s", evil);
    memcpy(run->servers[1].version, "<script>alert(1)</script>",
           sizeof "<script>alert(1)</script>");
    snprintf(run->servers[2].note, sizeof run->servers[2].note, "%s", evil);
    snprintf(run->processes[0].name, sizeof run->processes[0].name, "<b>bold</b>&");
    snprintf(run->libraries, sizeof run->libraries, "%s", evil);
    run_event_add(run, PLANT_ORIGIN + 9 * NS_PER_MS, "<script>alert(1)</script> & more");
    /* The loader refuses such a name; the reports must not rely on it. */
    struct scenario *scenario = (struct scenario *)(uintptr_t)run->scenario;
    free(scenario->name);
    scenario->name = strdup("</title><script>document.title='owned'</script>&\"' | x");
    run->history.v[3].user = INT64_MAX;
    run->history.v[4].user = INT64_MIN + 1;
    run->history.v[5].user = -1;
    run->history.v[600].cls = CLASS_UNKNOWN;
    run->history.v[600].cause = CAUSE_TIMEOUT;
    run->history.v[600].status = 0;
    run->history.v[600].done = 0;
    run->history.v[600].first_byte = 0;
    run->history.v[601].cls = CLASS_SKIPPED;
    run->history.v[601].released = run->history.v[601].first_byte = run->history.v[601].done = 0;
    run->history.v[601].status = 0;
    run->history.v[601].cause = CAUSE_LATE;
    run->history.v[602].cls = CLASS_FAILED;
    run->history.v[602].status = 500;
    run->history.v[602].cause = CAUSE_SERVER_ERROR;
    struct answer_kind *kind = &run->answers.v[run->answers.count++];
    *kind = (struct answer_kind){500, CLASS_FAILED, CAUSE_SERVER_ERROR, 1, 603, "", "", "", ""};
    snprintf(kind->type, sizeof kind->type, "text/<b>html</b>");
    printable(evil, strlen(evil), kind->sample, sizeof kind->sample);
    run->answers.others = INT64_MAX;
    run->answers.unasked = 3;
    snprintf(run->answers.log_of, sizeof run->answers.log_of, "apply");
    printable(evil, strlen(evil), run->answers.log, sizeof run->answers.log);
}

static void spoil_faults(struct run *run, struct rng *rng)
{
    (void)rng;
    run_event_add(run, PLANT_ORIGIN + 12 * NS_PER_MS, "kill consumer");
    run_event_add(run, PLANT_ORIGIN + 21 * NS_PER_MS, "restart consumer");
    run_event_add(run, PLANT_ORIGIN + 23 * NS_PER_MS, "ready again: consumer");
    run->processes[0].restarts = 1;
    static const struct bystander_period periods[] = {
        {"before", 200, 0, 310000, 520000, 1100000, 2300000},
        {"during", 61, 0, 930000, 4100000, 11800000, 15200000},
        {"after", 199, 1, 300000, 510000, 1000000, 1900000},
    };
    memcpy(run->bystander, periods, sizeof periods);
    run->bystander_count = 3;
}

const struct plant_kind plant_table[] = {
    {"pass", 1000, "", "kafka", "\"Redis counter, Kafka, consumer: exactly 100 of 1000\"", NULL},
    {"fail24", 1000, "wait: last_response\n", "24-vs-100",
     "Asserts at the last response like the course and reads 24", spoil_24},
    {"lossy", 1000, "", "lossy", "One lost and one twice still counts 100", spoil_lossy},
    {"unfair", 1000, "expect: [fcfs, fcfs_distance]\n", "unfair", "Late comers win", spoil_unfair},
    {"invalid", 1000, "", "too-slow", "The burst was no burst", spoil_invalid},
    {"stalled", 1000, "", "dead-consumer", "The consumer dies halfway", spoil_stalled},
    {"broken", 0, "", "broken", "Postgres does not start", NULL},
    {"interrupted", 1000, "", "interrupted", "Stopped by hand", NULL},
    {"hostile", 1000, "", "hostile",
     "\"</script><script>document.title='owned'</script> & <b>bold</b> | "
     "[x](javascript:alert(1))\"",
     spoil_hostile},
    {"faults", 1000, "bystander: {rate: 200}\n", "consumer-kill", "The consumer is killed once",
     spoil_faults},
    {"raced", 1000, "", "count-race", "Counts rows, then inserts one", plant_race},
    {"talkative", 99000, "", "count-race", "A hundred thousand statements", plant_race},
    {"million", 1000000, "", "million", "A million requests for 100 coupons", NULL},
};

const size_t plant_table_count = sizeof plant_table / sizeof *plant_table;
