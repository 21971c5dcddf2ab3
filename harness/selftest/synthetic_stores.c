/* A synthetic run's stores: records, rows, counter, and how they looked while the run went on. */
#include "selftest/synthetic_stores.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows and records ---- */

static int add_row(struct rows *rows, int64_t user, int64_t id)
{
    struct row *v = realloc(rows->v, (rows->count + 1) * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    rows->v = v;
    rows->v[rows->count++] = (struct row){user, id};
    rows->known = true;
    return 0;
}

static int64_t next_id(const struct rows *rows)
{
    int64_t id = 0;
    for (size_t i = 0; i < rows->count; i++)
        id = rows->v[i].id > id ? rows->v[i].id : id;
    return id + 1;
}

static void remove_rows(struct rows *rows, int64_t user)
{
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->v[i].user != user)
            rows->v[kept++] = rows->v[i];
    rows->count = kept;
}

int synthetic_add_row(struct synthetic *synthetic, int64_t user, struct err *err)
{
    struct rows *rows = &synthetic->run.evidence.coupons;
    return add_row(rows, user, next_id(rows)) ? err_set(err, ERR_MEMORY, "no room for a row") : 0;
}

int synthetic_park(struct synthetic *synthetic, int64_t user, struct err *err)
{
    struct rows *rows = &synthetic->run.evidence.parked;
    return add_row(rows, user, next_id(rows)) ? err_set(err, ERR_MEMORY, "no room for a row") : 0;
}

void synthetic_remove_rows(struct synthetic *synthetic, int64_t user)
{
    remove_rows(&synthetic->run.evidence.coupons, user);
}

int synthetic_add_record(struct synthetic *synthetic, int64_t user, struct err *err)
{
    struct produced *produced = &synthetic->run.evidence.produced;
    struct produced_record *v = realloc(produced->v, (produced->count + 1) * sizeof *v);
    if (!v)
        return err_set(err, ERR_MEMORY, "no room for a record");
    produced->v = v;
    int32_t partition = (int32_t)rng_below(&synthetic->rng, SYNTHETIC_PARTITIONS);
    int64_t offset = 0;
    for (size_t i = 0; i < produced->count; i++)
        offset += v[i].lane == partition;
    v[produced->count++] = (struct produced_record){
        .user = user, .offset = offset, .lane = partition, .decoded = true};
    produced->known = true;
    return 0;
}

void synthetic_remove_records(struct synthetic *synthetic, int64_t user)
{
    struct produced *produced = &synthetic->run.evidence.produced;
    size_t kept = 0;
    for (size_t i = 0; i < produced->count; i++)
        if (produced->v[i].user != user)
            produced->v[kept++] = produced->v[i];
    produced->count = kept;
}

int synthetic_serve(struct synthetic *synthetic, const struct synthetic_user *user)
{
    return synthetic_add_record(synthetic, user->user, NULL);
}

/* ---- the consumer ---- */

static struct synthetic_user *user_of(struct synthetic *synthetic, int64_t id)
{
    for (size_t i = 0; i < synthetic->users_count; i++)
        if (synthetic->users[i].user == id)
            return &synthetic->users[i];
    return NULL;
}

/* Partition after partition, so that rows do not come in the order of the slots. */
static int consume(struct synthetic *synthetic)
{
    const struct produced *produced = &synthetic->run.evidence.produced;
    bool parks = rng_below(&synthetic->rng, 3) == 0;
    for (int32_t partition = 0; partition < SYNTHETIC_PARTITIONS; partition++)
        for (size_t i = 0; i < produced->count; i++) {
            if (produced->v[i].lane != partition)
                continue;
            struct synthetic_user *user = user_of(synthetic, produced->v[i].user);
            user->parked = parks && rng_below(&synthetic->rng, 20) == 0;
            int rc = user->parked ? synthetic_park(synthetic, user->user, NULL)
                                  : synthetic_add_row(synthetic, user->user, NULL);
            if (rc)
                return rc;
        }
    synthetic->run.evidence.coupons.known = true;
    synthetic->run.evidence.parked.known = true;
    synthetic->run.evidence.before.known = true;
    return 0;
}

static void count(struct synthetic *synthetic)
{
    const struct history *history = &synthetic->run.history;
    int64_t reached = 0, before = rng_between(&synthetic->rng, 0, 3) * 1000;
    for (size_t i = 0; i < synthetic->users_count; i++) {
        enum fate fate = synthetic->users[i].fate;
        /* A timeout that found the shelf empty had reached the counter, a reset never did. */
        bool lost = history->v[synthetic->users[i].request].cause == CAUSE_RESET;
        reached += fate == FATE_WINNER || fate == FATE_LOSER || fate == FATE_GHOST ||
                   (fate == FATE_LIMBO && !lost);
    }
    int64_t growth =
        synthetic->once_per_user ? (int64_t)synthetic->run.evidence.produced.count : reached;
    synthetic->run.evidence.counter =
        (struct counter_reading){.known = true, .before = before, .after = before + growth};
}

/* ---- expectations with their figures ---- */

struct spec_expect *synthetic_expect(struct synthetic *synthetic, const char *check)
{
    for (unsigned i = 0; i < synthetic->scenario.expect_count; i++)
        if (!strcmp(synthetic->expect[i].check, check))
            return &synthetic->expect[i];
    return NULL;
}

static struct spec_expect *expect(struct synthetic *synthetic, const char *check)
{
    struct spec_expect *one = &synthetic->expect[synthetic->scenario.expect_count++];
    one->check = (char *)(uintptr_t)check;
    return one;
}

static int64_t count_errors(const struct synthetic *synthetic)
{
    int64_t errors = 0;
    for (size_t i = 0; i < synthetic->run.history.count; i++) {
        const struct request *request = &synthetic->run.history.v[i];
        errors += (request->cls == CLASS_FAILED || request->cls == CLASS_UNKNOWN) &&
                  request->cause != CAUSE_UNDECIDED;
    }
    return errors;
}

static ns_t slowest(const struct synthetic *synthetic)
{
    ns_t most = 0;
    for (size_t i = 0; i < synthetic->run.history.count; i++) {
        const struct request *request = &synthetic->run.history.v[i];
        if (request->status && request->done - request->planned > most)
            most = request->done - request->planned;
    }
    return most;
}

static int ask(struct synthetic *synthetic, const char *check, const char *value)
{
    struct spec_expect *one = expect(synthetic, check);
    one->query = (char *)(uintptr_t) "what is it";
    struct asked *asked = &synthetic->run.evidence.asked[one - synthetic->expect];
    *asked = (struct asked){.known = true, .value = strdup(value)};
    one->equals = (char *)(uintptr_t) "42";
    return asked->value ? 0 : -(int)ERR_MEMORY;
}

static int expect_all(struct synthetic *synthetic)
{
    struct evidence *evidence = &synthetic->run.evidence;
    evidence->asked = calloc(SYNTHETIC_EXPECTS, sizeof *evidence->asked);
    if (!evidence->asked)
        return -(int)ERR_MEMORY;
    evidence->asked_count = SYNTHETIC_EXPECTS;
    expect(synthetic, "errors")->at_most = count_errors(synthetic);
    expect(synthetic, "parked")->at_most = (int64_t)evidence->parked.count;
    expect(synthetic, "latency")->max = slowest(synthetic);
    expect(synthetic, "bystander")->p99 = 20 * NS_PER_MS;
    bool compared = !synthetic->undecided && synthetic->sold_out; /* it takes a yes and a no */
    if (compared)
        expect(synthetic, "fcfs_distance");
    if (compared && synthetic->shape == SYNTHETIC_WAVES)
        expect(synthetic, "fcfs_power")->power_percent = 10;
    static const char *const periods[] = {"before", "during", "after"};
    for (int i = 0; i < 3; i++) {
        struct bystander_period *period = &synthetic->run.bystander[i];
        *period = (struct bystander_period){.transactions = 200, .p99 = 5 * NS_PER_MS};
        snprintf(period->name, sizeof period->name, "%s", periods[i]);
    }
    synthetic->run.bystander_count = 3;
    int rc = ask(synthetic, "sql", "42");
    return rc ? rc : ask(synthetic, "redis", "42.0");
}

int synthetic_collect(struct synthetic *synthetic)
{
    int rc = consume(synthetic);
    if (rc)
        return rc;
    synthetic->run.evidence.produced.known = true;
    count(synthetic);
    return expect_all(synthetic);
}

/* ---- how it looked meanwhile ---- */

#define CURVE 12 /* samples while rows grow */
#define WATCH 4  /* samples in the late window */

static void read_partitions(const struct synthetic *synthetic, int64_t part, int64_t of,
                            struct lane_reading *ret_partitions)
{
    const struct produced *produced = &synthetic->run.evidence.produced;
    for (int32_t p = 0; p < SYNTHETIC_PARTITIONS; p++)
        ret_partitions[p] = (struct lane_reading){.lane = p};
    for (size_t i = 0; i < produced->count; i++) {
        struct lane_reading *reading = &ret_partitions[produced->v[i].lane];
        reading->end++;
        reading->committed = reading->end * part / of;
    }
}

static int sample_at(struct synthetic *synthetic, ns_t at, int64_t part, int64_t of, uint32_t flags,
                     struct err *err)
{
    const struct evidence *evidence = &synthetic->run.evidence;
    struct lane_reading partitions[SYNTHETIC_PARTITIONS];
    int64_t left = (int64_t)evidence->before.count;
    read_partitions(synthetic, part, of, partitions);
    struct sample sample = {
        .at = at,
        .rows = left + ((int64_t)evidence->coupons.count - left) * part / of,
        .parked = (int64_t)evidence->parked.count * part / of,
        .saved = COUNT_UNKNOWN,
        .counter = {flags != 0, evidence->counter.after},
        .members = COUNT_UNKNOWN,
        .records = COUNT_UNKNOWN,
        .lanes = partitions,
        .lanes_count = SYNTHETIC_PARTITIONS,
        .flags = flags,
    };
    if (flags & SAMPLE_BASELINE) {
        sample.counter = maybe_of(evidence->counter.before);
        sample.lanes_count = 0;
    }
    return timeline_add(&synthetic->run.timeline, &sample, err);
}

/* The service runs on; its helper may have ended as it was told, or by a fault. */
static void watch_processes(struct run *run)
{
    ns_t ended = run->history.origin + 7 * NS_PER_MS;
    const struct process_info helpers[] = {
        {.name = "helper", .exit_code = -1},
        {.name = "helper", .exit_code = 0, .once = true, .ended = ended},
        {.name = "helper", .exit_code = -1, .signal = 9, .asked = "fault", .ended = ended},
        {.name = "helper", .exit_code = 3, .asked = "fault", .ended = ended},
    };
    run->processes[0] = (struct process_info){.name = "apply", .exit_code = -1};
    run->processes[1] = helpers[run->history.count % 4];
    run->processes_count = 2;
    for (unsigned i = 0; i < run->processes_count; i++)
        run->processes[i].looked = run->tally.last_response + NS_PER_S;
}

int synthetic_observe(struct synthetic *synthetic, struct err *err)
{
    struct run *run = &synthetic->run;
    timeline_free(&run->timeline);
    int rc = tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, err);
    if (rc)
        return rc;
    watch_processes(run);
    ns_t at = run->history.origin, step = 30 * NS_PER_MS;
    run->phases[PHASE_STACK].started = at - NS_PER_S;
    rc = sample_at(synthetic, at - NS_PER_MS, 0, 1, SAMPLE_BASELINE, err);
    for (int i = 1; !rc && i <= CURVE; i++)
        rc = sample_at(synthetic, at += step, i, CURVE, 0, err);
    run->drain = (struct drain_result){
        .outcome = DRAIN_DRAINED,
        .decided = at > run->tally.last_response ? at + NS_PER_MS : run->tally.last_response,
        .last_growth = at,
        .rows_at_last_response = (int64_t)run->evidence.coupons.count / 2,
        .rows_at_assert = (int64_t)run->evidence.coupons.count,
        .lag_at_assert = 0,
        .asserted = at + step * (WATCH + 1),
        .rows_max = (int64_t)run->evidence.coupons.count,
    };
    for (int i = 0; !rc && i < WATCH; i++)
        rc = sample_at(synthetic, at += step, 1, 1, SAMPLE_WATCH, err);
    struct evidence *evidence = &run->evidence;
    evidence->coupons.asked = evidence->parked.asked = evidence->produced.asked =
        evidence->counter.asked = at + NS_PER_S;
    return rc;
}
