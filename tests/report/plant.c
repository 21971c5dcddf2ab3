#include "plant_inside.h"

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

#define WALL     INT64_C(1795420862345000000) /* 2026-11-23 */
#define ROW_TIME (200 * NS_PER_US)            /* the consumer's, a row */

enum { PARTITIONS = 3 };

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

static int make_scenario(const struct plant_kind *kind, int64_t requests, struct run *run,
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
    history->origin = PLANT_ORIGIN;
    history->count = (size_t)requests;
    for (size_t i = 0; i < history->count; i++) {
        struct request *request = &history->v[i];
        order[i] = request;
        request->user = (int64_t)i + 1;
        request->seq = (uint32_t)i;
        request->attempt = 1;
        request->worker = (uint16_t)(i % 2);
        request->planned = PLANT_ORIGIN;
        request->released = PLANT_ORIGIN + (ns_t)i * 2300 + rng_between(rng, 0, 900);
        ns_t served = PLANT_ORIGIN + 4 * NS_PER_MS + (ns_t)i * 31000;
        request->first_byte = served + rng_between(rng, 0, 2 * NS_PER_MS);
        request->done = request->first_byte + rng_between(rng, 20000, 90000);
    }
    history->v[0].released = PLANT_ORIGIN;
    qsort(order, history->count, sizeof *order, compare_done);
    for (size_t i = 0; i < history->count; i++) {
        bool won = i < PLANT_LIMIT;
        order[i]->cls = won ? CLASS_ACCEPTED : CLASS_REJECTED;
        order[i]->status = won ? 202 : 410;
        request_set_rank(order[i], (struct maybe){won, (int64_t)i + 1});
    }
    return 0;
}

static int make_evidence(struct run *run, struct err *err)
{
    struct evidence *evidence = &run->evidence;
    struct row *rows = calloc(PLANT_LIMIT, sizeof *rows);
    struct produced_record *records = calloc(PLANT_LIMIT, sizeof *records);
    evidence->coupons = (struct rows){.known = true, .v = rows};
    evidence->before.known = evidence->parked.known = true;
    evidence->produced = (struct produced){.known = true, .v = records};
    evidence->counter =
        (struct counter_reading){.known = true, .after = (int64_t)run->history.count};
    if (!rows || !records)
        return err_set(err, ERR_MEMORY, "no memory to plant rows");
    for (size_t i = 0; i < run->history.count && evidence->coupons.count < PLANT_LIMIT; i++) {
        const struct request *request = &run->history.v[i];
        if (request->cls != CLASS_ACCEPTED)
            continue;
        size_t n = evidence->coupons.count++;
        evidence->produced.count++;
        rows[n] = (struct row){request->user, (int64_t)n + 1};
        records[n] = (struct produced_record){.user = request->user,
                                              .offset = (int64_t)n / PARTITIONS,
                                              .lane = (int32_t)n % PARTITIONS,
                                              .decoded = true};
    }
    return 0;
}

static int64_t answered_by(const struct run *run, ns_t at)
{
    /* Answers come in order, nearly; good enough for a curve. */
    ns_t begun = at - PLANT_ORIGIN - 4 * NS_PER_MS;
    int64_t answered = begun > 0 ? begun / 31000 : 0;
    return answered < (int64_t)run->history.count ? answered : (int64_t)run->history.count;
}

int plant_sample(struct run *run, ns_t at, int64_t rows, uint32_t flags, struct err *err)
{
    struct lane_reading readings[PARTITIONS];
    bool over = run->tally.last_response && at >= run->tally.last_response;
    int64_t answered = over ? (int64_t)run->history.count : answered_by(run, at);
    int64_t records = answered < PLANT_LIMIT ? answered : PLANT_LIMIT;
    if (rows > records)
        rows = records;
    for (int i = 0; i < PARTITIONS; i++)
        readings[i] = (struct lane_reading){
            .lane = i,
            .committed = rows ? (rows + PARTITIONS - 1 - i) / PARTITIONS : COMMITTED_UNDEFINED,
            .end = (records + PARTITIONS - 1 - i) / PARTITIONS};
    struct sample sample = {.at = at,
                            .answered = answered,
                            .rows = rows,
                            .parked = 0,
                            .saved = rows,
                            .counter = maybe_of(answered),
                            .members = 1,
                            .records = records,
                            .unsaved = records - rows,
                            .committed_at = at - 900000,
                            .ends_at = at - 600000,
                            .rows_at = at,
                            .lanes = readings,
                            .lanes_count = PARTITIONS,
                            .flags = flags};
    return timeline_add(&run->timeline, &sample, err);
}

/* One row every ROW_TIME from the first answer on, up to `most`; then the late window. */
static int make_timeline(struct run *run, int64_t most, struct err *err)
{
    ns_t first = PLANT_ORIGIN + 5 * NS_PER_MS, last = run->tally.last_response;
    ns_t full = first + most * ROW_TIME, end = (full > last ? full : last) + 3 * NS_PER_MS;
    ns_t step = NS_PER_MS > (end - PLANT_ORIGIN) / 2000 ? NS_PER_MS : (end - PLANT_ORIGIN) / 2000;
    int rc = plant_sample(run, PLANT_ORIGIN - 30 * NS_PER_MS, 0, SAMPLE_BASELINE, err);
    for (ns_t at = PLANT_ORIGIN + NS_PER_MS; !rc && at <= end; at += step) {
        int64_t rows = at < first ? 0 : (at - first) / ROW_TIME;
        rc = plant_sample(run, at, rows < most ? rows : most, 0, err);
    }
    if (!rc)
        rc = plant_sample(run, end - NS_PER_US, most, 0, err);
    for (ns_t at = end; !rc && at <= end + 250 * NS_PER_MS; at += 50 * NS_PER_MS)
        rc = plant_sample(run, at, most, SAMPLE_WATCH, err);
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
    drain->polls_postgres = drain->polls_pipeline = drain->rounds;
    drain->poll_cost_postgres = drain->rounds * 210 * NS_PER_US;
    drain->poll_cost_pipeline = drain->rounds * 340 * NS_PER_US;
    snprintf(drain->gates, sizeof drain->gates, "committed, rows");
    struct evidence *evidence = &run->evidence;
    evidence->before.asked = PLANT_ORIGIN - 40 * NS_PER_MS;
    evidence->coupons.asked = evidence->parked.asked = evidence->produced.asked =
        evidence->counter.asked = end + 260 * NS_PER_MS;
    return rc;
}

static void make_identity(struct run *run)
{
    run->wall_start = WALL;
    static const struct server_info servers[] = {
        {"redis", "private", "7.0.15", "", ""},
        {"postgres", "private", "15.10", "fsync off", ""},
        {"kafka", "embedded", "librdkafka 2.0.2", "", ""},
    };
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        run_server_add(run, &servers[i], "");
    snprintf(run->libraries, sizeof run->libraries, "libcurl 7.88.1, librdkafka 2.0.2");
    run->load[0] = (struct load_phase_info){
        .kind = "burst",
        .gate = "corked",
        .protocol = "HTTP/1.1",
        .connections = 1000,
        .streams = 1,
        .source_addresses = "10.0.0.5-10.0.0.12",
        .gate_reason = "the requests stage in less than 200 ms",
        .entered = 1000,
        .entered_spread = 8 * NS_PER_MS,
        .entered_middle = 7 * NS_PER_MS,
        .staged_in = 12 * NS_PER_MS,
        .send_longest = 70 * NS_PER_US,
        .floor_spread = 4 * NS_PER_MS,
        .require_spread = 12 * NS_PER_MS,
        .require_in_flight = 1,
        .connects = {"127.0.0.1:8080", 110, 90, 7, 11, 3, 4, 6, 2, 5 * NS_PER_MS, 9 * NS_PER_MS,
                     12 * NS_PER_MS, 2 * NS_PER_MS, 3 * NS_PER_MS, 4 * NS_PER_MS, 129, 128, 4096,
                     17}};
    run->memory.bytes_a_connection = 28700;
    run->database = (struct database_cost){23, 4, PLANT_LIMIT, 18432};
    run->processes[0] = (struct process_info){.name = "consumer", .exit_code = -1};
    run->processes[1] = (struct process_info){.name = "apply", .exit_code = -1};
    run->processes_count = 2;
}

static void make_answers(struct run *run)
{
    run->answers = (struct answers){
        .count = 2,
        .v = {{410, CLASS_REJECTED, CAUSE_NONE, run->tally.rejected, 2, "application/json",
               "{result=\"sold_out\", userId}", "status=410",
               "{\"result\":\"sold_out\",\"userId\":2}"},
              {202, CLASS_ACCEPTED, CAUSE_NONE, run->tally.accepted, 1, "application/json",
               "{result=\"accepted\", userId, rank}", "status=202",
               "{\"result\":\"accepted\",\"userId\":1,\"rank\":1}"}}};
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
        run->phases[spans[i].phase] = (struct run_phase_info){
            PLANT_ORIGIN + spans[i].began * NS_PER_MS, PLANT_ORIGIN + spans[i].ended * NS_PER_MS};
    ns_t settled = run->tally.last_response, decided = run->drain.decided;
    run->phases[PHASE_SETTLE] = (struct run_phase_info){PLANT_ORIGIN + 3 * NS_PER_MS, settled};
    run->phases[PHASE_DRAIN] = (struct run_phase_info){settled, decided};
    run->phases[PHASE_WATCH] = (struct run_phase_info){decided, decided + 250 * NS_PER_MS};
    run->phases[PHASE_CHECK] =
        (struct run_phase_info){decided + 250 * NS_PER_MS, decided + 251 * NS_PER_MS};
}

const char *const *plant_kinds(size_t *ret_count)
{
    static const char *names[32];
    size_t count = 0;
    while (count < plant_table_count && count < sizeof names / sizeof *names) {
        names[count] = plant_table[count].name;
        count++;
    }
    *ret_count = count;
    return names;
}

/* A run that an error ended before anything was sent. */
static int plant_broken(struct run *run, struct err *err)
{
    make_identity(run);
    run->phases[PHASE_STACK] = (struct run_phase_info){PLANT_ORIGIN - 2 * NS_PER_S, PLANT_ORIGIN};
    snprintf(run->error, sizeof run->error,
             "postgres did not start: could not bind <socket>: Address already in use");
    run->exit_code = 4;
    (void)err;
    return 0;
}

static int fill(const struct plant_kind *kind, int64_t requests, struct run *run, struct err *err)
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
        rc = make_timeline(run, PLANT_LIMIT, err);
    if (rc)
        return rc;
    make_answers(run);
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
    for (size_t i = 0; i < plant_table_count; i++) {
        if (strcmp(plant_table[i].name, kind) != 0)
            continue;
        run_init(ret_run);
        *ret_scenario = NULL;
        int64_t count = requests ? requests : plant_table[i].requests;
        int rc = make_scenario(&plant_table[i], count ? count : 1000, ret_run, ret_scenario, err);
        if (!rc)
            rc = fill(&plant_table[i], plant_table[i].requests ? count : 0, ret_run, err);
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
