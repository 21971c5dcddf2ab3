#include "plant.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/rng.h"
#include "scenario/scenario.h"
#include "verify/checks.h"

#define ORIGIN   (1234567 * NS_PER_S)         /* of the monotonic clock; any instant will do */
#define WALL     INT64_C(1795420862345000000) /* 2026-11-23 */
#define ROW_TIME (200 * NS_PER_US)            /* the consumer's, a row */

enum { LIMIT = 100, PARTITIONS = 3 };

struct kind {
    const char *name;
    int64_t requests;
    const char *more;  /* lines of YAML that differ from the usual scenario */
    const char *title; /* the scenario's name and description, as YAML scalars */
    const char *about;
    void (*spoil)(struct run *run, struct rng *rng); /* what goes wrong, before the checks */
};

/* ---- the usual run ---- */

static const char scenario_yaml[] =
    "name: %s\n"
    "description: %s\n"
    "limit: 100\n"
    "stack: {redis: private, postgres: private, kafka: embedded}\n"
    "processes:\n"
    "  - {name: consumer, run: [coupon-consumer, --batch=100], ready: {log: assigned}}\n"
    "  - {name: apply, run: [apply-service, --strategy=kafka, "
    "\"--listen=127.0.0.1:${apply.port}\"],\n"
    "     ready: {http: /readyz}}\n"
    "request: {method: POST, url: \"${apply}/apply?userId={{user}}\"}\n"
    "responses: {accepted: {status: 202, rank: /rank}, rejected: {status: 410}}\n"
    "load:\n"
    "  - %s\n"
    "evidence:\n"
    "  coupons: {postgres: \"SELECT user_id, id FROM coupon ORDER BY id\"}\n"
    "  parked: {postgres: \"SELECT user_id, id FROM failed_event ORDER BY id\"}\n"
    "  counter: {redis: coupon_count, counts: requests}\n"
    "  pipeline: {topics: coupon_create, group: group_1}\n"
    "%s";

static int make_scenario(const struct kind *kind, int64_t requests, struct run *run,
                         struct scenario **ret_scenario, struct err *err)
{
    _cleanup_(buf_free) struct buf text, printed;
    buf_init(&text, 1 << 20);
    buf_init(&printed, 1 << 20);
    char load[128];
    snprintf(load, sizeof load,
             requests > 10000 ? "closed: {connections: 1000, requests: %" PRId64 "}"
                              : "burst: {requests: %" PRId64
                                ", require: {spread: 10ms, in_flight: 1}}",
             requests);
    buf_addf(&text, scenario_yaml, kind->title, kind->about, load, kind->more);
    int rc = scenario_load_text(kind->name, buf_text(&text), NULL, 0, ret_scenario, err);
    if (!rc)
        rc = scenario_print(*ret_scenario, &printed, err);
    if (rc)
        return rc;
    run->scenario = *ret_scenario;
    run->scenario_text = buf_steal(&printed);
    return 0;
}

static int compare_done(const void *a, const void *b)
{
    const struct request *x = *(struct request *const *)a, *y = *(struct request *const *)b;
    return x->done < y->done ? -1 : x->done > y->done;
}

/* Releases 2.3 us apart and one server that takes the requests nearly in order. */
static int make_history(int64_t requests, struct rng *rng, struct run *run, struct err *err)
{
    struct history *history = &run->history;
    int rc = history_init(history, (size_t)requests, err);
    if (rc)
        return rc;
    _cleanup_free_ struct request **order = calloc((size_t)requests, sizeof *order);
    history->origin = ORIGIN;
    history->count = (size_t)requests;
    for (size_t i = 0; i < history->count; i++) {
        struct request *request = &history->v[i];
        order[i] = request;
        request->user = (int64_t)i + 1;
        request->seq = (uint32_t)i;
        request->attempt = 1;
        request->worker = (uint16_t)(i % 2);
        request->planned = ORIGIN;
        request->released = ORIGIN + (ns_t)i * 2300 + rng_between(rng, 0, 900);
        ns_t served = ORIGIN + 4 * NS_PER_MS + (ns_t)i * 31000;
        request->first_byte = served + rng_between(rng, 0, 2 * NS_PER_MS);
        request->done = request->first_byte + rng_between(rng, 20000, 90000);
    }
    history->v[0].released = ORIGIN;
    qsort(order, history->count, sizeof *order, compare_done);
    for (size_t i = 0; i < history->count; i++) {
        bool won = i < LIMIT;
        order[i]->cls = won ? CLASS_ACCEPTED : CLASS_REJECTED;
        order[i]->status = won ? 202 : 410;
        order[i]->rank = won ? (int64_t)i + 1 : RANK_NONE;
    }
    return 0;
}

static int make_evidence(struct run *run, struct err *err)
{
    struct evidence *evidence = &run->evidence;
    struct row *rows = calloc(LIMIT, sizeof *rows);
    struct produced_record *records = calloc(LIMIT, sizeof *records);
    evidence->coupons = (struct rows){.known = true, .v = rows};
    evidence->before.known = evidence->parked.known = true;
    evidence->produced = (struct produced){.known = true, .v = records};
    evidence->counter = (struct counter_reading){true, 0, (int64_t)run->history.count};
    if (!rows || !records)
        return err_set(err, ERR_MEMORY, "no memory to plant rows");
    for (size_t i = 0; i < run->history.count && evidence->coupons.count < LIMIT; i++) {
        const struct request *request = &run->history.v[i];
        if (request->cls != CLASS_ACCEPTED)
            continue;
        size_t n = evidence->coupons.count++;
        evidence->produced.count++;
        rows[n] = (struct row){request->user, (int64_t)n + 1};
        records[n] = (struct produced_record){.user = request->user,
                                              .offset = (int64_t)n / PARTITIONS,
                                              .partition = (int32_t)n % PARTITIONS,
                                              .decoded = true};
    }
    return 0;
}

static int64_t answered_by(const struct run *run, ns_t at)
{
    /* Answers come in order, nearly; good enough for a curve. */
    ns_t begun = at - ORIGIN - 4 * NS_PER_MS;
    int64_t answered = begun > 0 ? begun / 31000 : 0;
    return answered < (int64_t)run->history.count ? answered : (int64_t)run->history.count;
}

static int add_sample(struct run *run, ns_t at, int64_t rows, uint32_t flags, struct err *err)
{
    struct partition_reading readings[PARTITIONS];
    int64_t answered = flags & SAMPLE_WATCH ? (int64_t)run->history.count : answered_by(run, at);
    int64_t records = answered < LIMIT ? answered : LIMIT;
    if (rows > records)
        rows = records;
    for (int i = 0; i < PARTITIONS; i++)
        readings[i] = (struct partition_reading){
            .partition = i,
            .committed = rows ? (rows + PARTITIONS - 1 - i) / PARTITIONS : OFFSET_UNDEFINED,
            .end = (records + PARTITIONS - 1 - i) / PARTITIONS};
    struct sample sample = {.at = at,
                            .answered = answered,
                            .rows = rows,
                            .parked = 0,
                            .saved = rows,
                            .counter = answered,
                            .members = 1,
                            .records = records,
                            .partitions = readings,
                            .partitions_count = PARTITIONS,
                            .flags = flags};
    return timeline_add(&run->timeline, &sample, err);
}

/* One row every ROW_TIME from the first answer on, up to `most`; then the late window. */
static int make_timeline(struct run *run, int64_t most, struct err *err)
{
    ns_t first = ORIGIN + 5 * NS_PER_MS, last = run->tally.last_response;
    ns_t full = first + most * ROW_TIME, end = (full > last ? full : last) + 3 * NS_PER_MS;
    ns_t step = NS_PER_MS > (end - ORIGIN) / 2000 ? NS_PER_MS : (end - ORIGIN) / 2000;
    int rc = add_sample(run, ORIGIN - 30 * NS_PER_MS, 0, SAMPLE_BASELINE, err);
    for (ns_t at = ORIGIN + NS_PER_MS; !rc && at <= end; at += step) {
        int64_t rows = at < first ? 0 : (at - first) / ROW_TIME;
        rc = add_sample(run, at, rows < most ? rows : most, 0, err);
    }
    for (ns_t at = end; !rc && at <= end + 250 * NS_PER_MS; at += 50 * NS_PER_MS)
        rc = add_sample(run, at, most, SAMPLE_WATCH, err);
    struct drain_result *drain = &run->drain;
    drain->outcome = DRAIN_DRAINED;
    drain->decided = drain->asserted = end;
    drain->last_growth = drain->last_commit = full;
    drain->rows_at_assert = drain->rows_max = most;
    drain->rows_at_last_response =
        (last - first) / ROW_TIME < most ? (last - first) / ROW_TIME : most;
    drain->lag_at_assert = 0;
    drain->rounds = (int64_t)run->timeline.count;
    drain->resets = 2;
    drain->polls_postgres = drain->polls_kafka = drain->rounds;
    drain->poll_cost_postgres = drain->rounds * 210 * NS_PER_US;
    drain->poll_cost_kafka = drain->rounds * 340 * NS_PER_US;
    snprintf(drain->gates, sizeof drain->gates, "committed, rows");
    return rc;
}

static void make_identity(struct run *run)
{
    run->wall_start = WALL;
    run->redis = (struct server_info){"private", "7.0.15", ""};
    run->postgres = (struct server_info){"private", "15.10", "fsync off"};
    run->kafka = (struct server_info){"embedded", "librdkafka 2.0.2", ""};
    snprintf(run->libraries, sizeof run->libraries, "libcurl 7.88.1, librdkafka 2.0.2");
    run->load[0] = (struct load_phase_info){.kind = "burst",
                                            .gate = "corked",
                                            .gate_reason = "the requests stage in less than 200 ms",
                                            .staged_in = 12 * NS_PER_MS,
                                            .require_spread = 10 * NS_PER_MS,
                                            .require_in_flight = 1};
    run->memory.bytes_a_connection = 28700;
    run->database = (struct database_cost){23, 4, LIMIT, 18432};
    run->processes[0] = (struct process_info){.name = "consumer", .exit_code = -1};
    run->processes[1] = (struct process_info){.name = "apply", .exit_code = -1};
    run->processes_count = 2;
}

static void make_phases(struct run *run)
{
    const struct {
        enum run_phase phase;
        ns_t began, ended; /* ms from the origin */
    } spans[] = {
        {PHASE_STACK, -900, -95},
        {PHASE_PREFLIGHT, -95, -20},
        {PHASE_STAGE, -20, -1},
        {PHASE_RELEASE, 0, 3},
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        run->phases[spans[i].phase] = (struct run_phase_info){ORIGIN + spans[i].began * NS_PER_MS,
                                                              ORIGIN + spans[i].ended * NS_PER_MS};
    ns_t settled = run->tally.last_response, decided = run->drain.decided;
    run->phases[PHASE_SETTLE] = (struct run_phase_info){ORIGIN + 3 * NS_PER_MS, settled};
    run->phases[PHASE_DRAIN] = (struct run_phase_info){settled, decided};
    run->phases[PHASE_WATCH] = (struct run_phase_info){decided, decided + 250 * NS_PER_MS};
    run->phases[PHASE_CHECK] =
        (struct run_phase_info){decided + 250 * NS_PER_MS, decided + 251 * NS_PER_MS};
}

/* ---- what goes wrong ---- */

static void spoil_24(struct run *run, struct rng *rng)
{
    (void)rng;
    struct drain_result *drain = &run->drain;
    ns_t last = run->tally.last_response;
    run->evidence.coupons.count = 24;
    drain->rows_at_last_response = drain->rows_at_assert = 24;
    drain->lag_at_assert = 76;
    drain->asserted = last + 2 * NS_PER_MS;
    drain->last_growth = drain->last_commit = last + 412 * NS_PER_MS;
    drain->decided = drain->last_growth + 4 * NS_PER_MS;
    timeline_free(&run->timeline);
    add_sample(run, ORIGIN - 30 * NS_PER_MS, 0, SAMPLE_BASELINE, NULL);
    for (ns_t at = ORIGIN + NS_PER_MS; at < last + 408 * NS_PER_MS; at += NS_PER_MS) {
        int64_t rows = at < ORIGIN + 6 * NS_PER_MS ? 0 : (at - ORIGIN - 6 * NS_PER_MS) / NS_PER_MS;
        add_sample(run, at, rows < 24 ? rows : 24, 0, NULL);
    }
    for (int i = 1; i <= 12; i++) {
        int64_t rows = 24 + i * 19;
        add_sample(run, last + (408 + i) * NS_PER_MS, rows < LIMIT ? rows : LIMIT, 0, NULL);
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
        loser->rank = winner->rank;
        winner->rank = RANK_NONE;
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
        for (uint32_t k = 0; k < sample->partitions_count; k++)
            if (sample->partitions[k].committed > 17)
                sample->partitions[k].committed = 17;
    }
    run->processes[0].exit_code = 0;
    run->processes[0].signal = 9;
    run->processes[0].unexpected = true;
    run_event_add(run, ORIGIN + 17 * NS_PER_MS, "kill consumer");
}

/* Texts that want to be markup, and numbers at the ends of their types. */
static void spoil_hostile(struct run *run, struct rng *rng)
{
    static const char evil[] =
        "</script><script>document.title='owned'</script>\"'&<img src=x onerror=alert(1)> "
        "]]> \x1b[31mred\x07 \xff\xfe | `code` ${x} {{user}} \xe2\x80\xa8 end";
    spoil_lossy(run, rng);
    snprintf(run->drain.detail, sizeof run->drain.detail, "%s", evil);
    memcpy(run->postgres.version, "<script>alert(1)</script>", sizeof "<script>alert(1)</script>");
    snprintf(run->kafka.note, sizeof run->kafka.note, "%s", evil);
    snprintf(run->processes[0].name, sizeof run->processes[0].name, "<b>bold</b>&");
    snprintf(run->libraries, sizeof run->libraries, "%s", evil);
    run_event_add(run, ORIGIN + 9 * NS_PER_MS, "<script>alert(1)</script> & more");
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
}

static void spoil_faults(struct run *run, struct rng *rng)
{
    (void)rng;
    run_event_add(run, ORIGIN + 12 * NS_PER_MS, "kill consumer");
    run_event_add(run, ORIGIN + 21 * NS_PER_MS, "restart consumer");
    run_event_add(run, ORIGIN + 23 * NS_PER_MS, "ready again: consumer");
    run->processes[0].restarts = 1;
    static const struct bystander_period periods[] = {
        {"before", 200, 0, 310000, 520000, 1100000, 2300000},
        {"during", 61, 0, 930000, 4100000, 11800000, 15200000},
        {"after", 199, 1, 300000, 510000, 1000000, 1900000},
    };
    memcpy(run->bystander, periods, sizeof periods);
    run->bystander_count = 3;
}

static const struct kind kinds[] = {
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
    {"million", 1000000, "", "million", "A million requests for 100 coupons", NULL},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *const *plant_kinds(size_t *ret_count)
{
    static const char *names[KINDS];
    for (size_t i = 0; i < KINDS; i++)
        names[i] = kinds[i].name;
    *ret_count = KINDS;
    return names;
}

/* A run that an error ended before anything was sent. */
static int plant_broken(struct run *run, struct err *err)
{
    make_identity(run);
    run->phases[PHASE_STACK] = (struct run_phase_info){ORIGIN - 2 * NS_PER_S, ORIGIN};
    snprintf(run->error, sizeof run->error,
             "postgres did not start: could not bind <socket>: Address already in use");
    run->exit_code = 4;
    (void)err;
    return 0;
}

static int fill(const struct kind *kind, int64_t requests, struct run *run, struct err *err)
{
    struct rng rng;
    rng_seed(&rng, 1);
    if (requests == 0)
        return plant_broken(run, err);
    make_identity(run);
    int rc = make_history(requests, &rng, run, err);
    if (!rc)
        rc = make_evidence(run, err);
    if (!rc)
        rc = tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, err);
    if (!rc)
        rc = make_timeline(run, LIMIT, err);
    if (rc)
        return rc;
    if (kind->spoil)
        kind->spoil(run, &rng);
    rc = tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, err);
    make_phases(run);
    if (!rc && !strcmp(kind->name, "interrupted")) {
        run->interrupted = true;
        run->exit_code = 130;
        return 0;
    }
    return rc ? rc : checks_run(run, err);
}

int plant_run(const char *kind, int64_t requests, struct run *ret_run,
              struct scenario **ret_scenario, struct err *err)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, kind) != 0)
            continue;
        run_init(ret_run);
        *ret_scenario = NULL;
        int64_t count = requests ? requests : kinds[i].requests;
        int rc = make_scenario(&kinds[i], count ? count : 1000, ret_run, ret_scenario, err);
        if (!rc)
            rc = fill(&kinds[i], kinds[i].requests ? count : 0, ret_run, err);
        if (rc)
            plant_free(ret_run, *ret_scenario);
        return rc;
    }
    return err_set(err, ERR_USAGE, "there is no planted run called %s", kind);
}

void plant_free(struct run *run, struct scenario *scenario)
{
    run_free(run);
    scenario_free(scenario);
}
