/* A planted run's stores: records, rows, counter, and how they looked while the run went on. */
#include "verify/plant_stores.h"

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

int plant_add_row(struct plant *plant, int64_t user, struct err *err)
{
    struct rows *rows = &plant->run.evidence.coupons;
    return add_row(rows, user, next_id(rows)) ? err_set(err, ERR_MEMORY, "no room for a row") : 0;
}

int plant_park(struct plant *plant, int64_t user, struct err *err)
{
    struct rows *rows = &plant->run.evidence.parked;
    return add_row(rows, user, next_id(rows)) ? err_set(err, ERR_MEMORY, "no room for a row") : 0;
}

void plant_remove_rows(struct plant *plant, int64_t user)
{
    remove_rows(&plant->run.evidence.coupons, user);
}

int plant_add_record(struct plant *plant, int64_t user, struct err *err)
{
    struct produced *produced = &plant->run.evidence.produced;
    struct produced_record *v = realloc(produced->v, (produced->count + 1) * sizeof *v);
    if (!v)
        return err_set(err, ERR_MEMORY, "no room for a record");
    produced->v = v;
    int32_t partition = (int32_t)rng_below(&plant->rng, PLANT_PARTITIONS);
    int64_t offset = 0;
    for (size_t i = 0; i < produced->count; i++)
        offset += v[i].partition == partition;
    v[produced->count++] = (struct produced_record){
        .user = user, .offset = offset, .partition = partition, .decoded = true};
    produced->known = true;
    return 0;
}

void plant_remove_records(struct plant *plant, int64_t user)
{
    struct produced *produced = &plant->run.evidence.produced;
    size_t kept = 0;
    for (size_t i = 0; i < produced->count; i++)
        if (produced->v[i].user != user)
            produced->v[kept++] = produced->v[i];
    produced->count = kept;
}

int plant_serve(struct plant *plant, const struct plant_user *user)
{
    return plant_add_record(plant, user->user, NULL);
}

/* ---- the consumer ---- */

static struct plant_user *user_of(struct plant *plant, int64_t id)
{
    for (size_t i = 0; i < plant->users_count; i++)
        if (plant->users[i].user == id)
            return &plant->users[i];
    return NULL;
}

/* Partition after partition, so that rows do not come in the order of the slots. */
static int consume(struct plant *plant)
{
    const struct produced *produced = &plant->run.evidence.produced;
    bool parks = rng_below(&plant->rng, 3) == 0;
    for (int32_t partition = 0; partition < PLANT_PARTITIONS; partition++)
        for (size_t i = 0; i < produced->count; i++) {
            if (produced->v[i].partition != partition)
                continue;
            struct plant_user *user = user_of(plant, produced->v[i].user);
            user->parked = parks && rng_below(&plant->rng, 20) == 0;
            int rc = user->parked ? plant_park(plant, user->user, NULL)
                                  : plant_add_row(plant, user->user, NULL);
            if (rc)
                return rc;
        }
    plant->run.evidence.coupons.known = true;
    plant->run.evidence.parked.known = true;
    plant->run.evidence.before.known = true;
    return 0;
}

static void count(struct plant *plant)
{
    const struct history *history = &plant->run.history;
    int64_t reached = 0, before = rng_between(&plant->rng, 0, 3) * 1000;
    for (size_t i = 0; i < plant->users_count; i++) {
        enum fate fate = plant->users[i].fate;
        /* A timeout that found the shelf empty had reached the counter, a reset never did. */
        bool lost = history->v[plant->users[i].request].cause == CAUSE_RESET;
        reached += fate == FATE_WINNER || fate == FATE_LOSER || fate == FATE_GHOST ||
                   (fate == FATE_LIMBO && !lost);
    }
    int64_t growth = plant->once_per_user ? (int64_t)plant->run.evidence.produced.count : reached;
    plant->run.evidence.counter =
        (struct counter_reading){.known = true, .before = before, .after = before + growth};
}

/* ---- expectations with their figures ---- */

struct spec_expect *plant_expect(struct plant *plant, const char *check)
{
    for (unsigned i = 0; i < plant->scenario.expect_count; i++)
        if (!strcmp(plant->expect[i].check, check))
            return &plant->expect[i];
    return NULL;
}

static struct spec_expect *expect(struct plant *plant, const char *check)
{
    struct spec_expect *one = &plant->expect[plant->scenario.expect_count++];
    one->check = (char *)(uintptr_t)check;
    return one;
}

static int64_t count_errors(const struct plant *plant)
{
    int64_t errors = 0;
    for (size_t i = 0; i < plant->run.history.count; i++) {
        const struct request *request = &plant->run.history.v[i];
        errors += (request->cls == CLASS_FAILED || request->cls == CLASS_UNKNOWN) &&
                  request->cause != CAUSE_UNDECIDED;
    }
    return errors;
}

static ns_t slowest(const struct plant *plant)
{
    ns_t most = 0;
    for (size_t i = 0; i < plant->run.history.count; i++) {
        const struct request *request = &plant->run.history.v[i];
        if (request->status && request->done - request->planned > most)
            most = request->done - request->planned;
    }
    return most;
}

static int ask(struct plant *plant, const char *check, const char *value)
{
    struct spec_expect *one = expect(plant, check);
    one->query = (char *)(uintptr_t) "what is it";
    struct asked *asked = &plant->run.evidence.asked[one - plant->expect];
    *asked = (struct asked){.known = true, .value = strdup(value)};
    one->equals = (char *)(uintptr_t) "42";
    return asked->value ? 0 : -(int)ERR_MEMORY;
}

static int expect_all(struct plant *plant)
{
    struct evidence *evidence = &plant->run.evidence;
    evidence->asked = calloc(PLANT_EXPECTS, sizeof *evidence->asked);
    if (!evidence->asked)
        return -(int)ERR_MEMORY;
    evidence->asked_count = PLANT_EXPECTS;
    expect(plant, "errors")->at_most = count_errors(plant);
    expect(plant, "parked")->at_most = (int64_t)evidence->parked.count;
    expect(plant, "latency")->max = slowest(plant);
    expect(plant, "bystander")->p99 = 20 * NS_PER_MS;
    bool compared = !plant->undecided && plant->sold_out; /* it takes a yes and a no */
    if (compared)
        expect(plant, "fcfs_distance");
    if (compared && plant->shape == PLANT_WAVES)
        expect(plant, "fcfs_power")->power_percent = 10;
    static const char *const periods[] = {"before", "during", "after"};
    for (int i = 0; i < 3; i++) {
        struct bystander_period *period = &plant->run.bystander[i];
        *period = (struct bystander_period){.transactions = 200, .p99 = 5 * NS_PER_MS};
        snprintf(period->name, sizeof period->name, "%s", periods[i]);
    }
    plant->run.bystander_count = 3;
    int rc = ask(plant, "sql", "42");
    return rc ? rc : ask(plant, "redis", "42.0");
}

int plant_collect(struct plant *plant)
{
    int rc = consume(plant);
    if (rc)
        return rc;
    plant->run.evidence.produced.known = true;
    count(plant);
    return expect_all(plant);
}

/* ---- how it looked meanwhile ---- */

#define CURVE 12 /* samples while rows grow */
#define WATCH 4  /* samples in the late window */

static void read_partitions(const struct plant *plant, int64_t part, int64_t of,
                            struct partition_reading *ret_partitions)
{
    const struct produced *produced = &plant->run.evidence.produced;
    for (int32_t p = 0; p < PLANT_PARTITIONS; p++)
        ret_partitions[p] = (struct partition_reading){.partition = p};
    for (size_t i = 0; i < produced->count; i++) {
        struct partition_reading *reading = &ret_partitions[produced->v[i].partition];
        reading->end++;
        reading->committed = reading->end * part / of;
    }
}

static int sample_at(struct plant *plant, ns_t at, int64_t part, int64_t of, uint32_t flags,
                     struct err *err)
{
    const struct evidence *evidence = &plant->run.evidence;
    struct partition_reading partitions[PLANT_PARTITIONS];
    int64_t left = (int64_t)evidence->before.count;
    read_partitions(plant, part, of, partitions);
    struct sample sample = {
        .at = at,
        .rows = left + ((int64_t)evidence->coupons.count - left) * part / of,
        .parked = (int64_t)evidence->parked.count * part / of,
        .saved = COUNT_UNKNOWN,
        .counter = {flags != 0, evidence->counter.after},
        .members = COUNT_UNKNOWN,
        .records = COUNT_UNKNOWN,
        .partitions = partitions,
        .partitions_count = PLANT_PARTITIONS,
        .flags = flags,
    };
    if (flags & SAMPLE_BASELINE) {
        sample.counter = maybe_of(evidence->counter.before);
        sample.partitions_count = 0;
    }
    return timeline_add(&plant->run.timeline, &sample, err);
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

int plant_observe(struct plant *plant, struct err *err)
{
    struct run *run = &plant->run;
    timeline_free(&run->timeline);
    int rc = tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, err);
    if (rc)
        return rc;
    watch_processes(run);
    ns_t at = run->history.origin, step = 30 * NS_PER_MS;
    run->phases[PHASE_STACK].started = at - NS_PER_S;
    rc = sample_at(plant, at - NS_PER_MS, 0, 1, SAMPLE_BASELINE, err);
    for (int i = 1; !rc && i <= CURVE; i++)
        rc = sample_at(plant, at += step, i, CURVE, 0, err);
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
        rc = sample_at(plant, at += step, 1, 1, SAMPLE_WATCH, err);
    struct evidence *evidence = &run->evidence;
    evidence->coupons.asked = evidence->parked.asked = evidence->produced.asked =
        evidence->counter.asked = at + NS_PER_S;
    return rc;
}
