/* links: verify */
/* Random pipelines against the drain state machine: a producer, partitions, a consumer with one of
 * the usual ways to commit, pauses, crashes and losses, looked at through samples whose reads take
 * their time. What is promised must hold in every one of them:
 *
 *   - drained is only said when no record, commit or row is still to come;
 *   - a record that is consumed and never saved ends in drained_lossy, a dead consumer in stalled
 * or no_consumer, and a sound pipeline in drained: never in anything else, and always before the
 * deadline;
 *   - reading in another order than committed, ends, rows is found out.
 *
 * Seeded: RUSHPROOF_SEQUENCES sets how many (default 120000), RUSHPROOF_SEED where they begin. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "verify/drain.h"

enum { PARTITIONS_MAX = 4, USERS_MAX = 24, EVENTS_MAX = 4 * USERS_MAX };

#define MS     NS_PER_MS
#define ORIGIN (1000 * NS_PER_S) /* 0 means never */

enum commit_mode { COMMIT_AFTER, COMMIT_BEFORE, COMMIT_BATCH, COMMIT_INTERVAL, COMMIT_MODES };
enum fate { FATE_SOUND, FATE_LOST, FATE_DEAD, FATES };
enum read_order { ORDER_RIGHT, ORDER_ENDS_FIRST, ORDER_ROWS_FIRST };

struct append {
    ns_t at;
    int partition;
    int64_t offset;
};

struct insert {
    ns_t at;
    int user;
    bool parked;
};

struct commit {
    ns_t at;
    int partition;
    int64_t offset;
};

struct pipeline {
    struct rng rng;
    int partitions, users;
    enum commit_mode mode;
    enum fate fate;
    bool accepted_known;
    bool lost_one, died;
    struct append appends[USERS_MAX]; /* by user */
    struct insert inserts[EVENTS_MAX];
    int inserts_count;
    struct commit commits[EVENTS_MAX];
    int commits_count;
    ns_t settled;
};

static const struct spec_drain settings = {.timeout = 20 * NS_PER_S,
                                           .rounds = 3,
                                           .quiet = 100 * MS,
                                           .stall = 300 * MS,
                                           .poll_min = MS,
                                           .poll_max = 50 * MS,
                                           .window = 250 * MS};

static ns_t between(struct pipeline *p, ns_t low, ns_t high)
{
    return rng_between(&p->rng, low, high);
}

static bool chance(struct pipeline *p, unsigned percent)
{
    return rng_below(&p->rng, 100) < percent;
}

/* ---- making a pipeline ---- */

static int by_time(const void *a, const void *b)
{
    const struct append *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void produce(struct pipeline *p)
{
    int64_t next[PARTITIONS_MAX] = {0};
    ns_t latest = ORIGIN;
    for (int i = 0; i < p->users; i++) {
        ns_t answered = ORIGIN + between(p, 0, 30 * MS);
        if (answered > latest)
            latest = answered;
        /* Fire and forget: the record may follow its answer much later. */
        p->appends[i].at = answered + (chance(p, 30) ? between(p, 0, 80 * MS) : between(p, 0, MS));
        p->appends[i].partition = (int)rng_below(&p->rng, (uint64_t)p->partitions);
    }
    p->settled = latest + between(p, 0, 5 * MS);
    qsort(p->appends, (size_t)p->users, sizeof *p->appends, by_time);
    for (int i = 0; i < p->users; i++)
        p->appends[i].offset = next[p->appends[i].partition]++;
}

static void add_insert(struct pipeline *p, ns_t at, int user, bool parked)
{
    cr_assert_lt(p->inserts_count, (int)EVENTS_MAX);
    p->inserts[p->inserts_count++] = (struct insert){at, user, parked};
}

static void add_commit(struct pipeline *p, ns_t at, int partition, int64_t offset)
{
    cr_assert_lt(p->commits_count, (int)EVENTS_MAX);
    p->commits[p->commits_count++] = (struct commit){at, partition, offset};
}

static ns_t pause_of(struct pipeline *p)
{
    return chance(p, 5) ? between(p, 50 * MS, 180 * MS) : 0;
}

/* One record; returns when the consumer is free again. */
static ns_t consume(struct pipeline *p, int user, ns_t from, ns_t interval, bool last)
{
    const struct append *record = &p->appends[user];
    ns_t start = from > record->at ? from : record->at;
    start += between(p, 0, 2 * MS) + pause_of(p);
    ns_t work = between(p, 0, 15 * MS);
    bool lost = p->fate == FATE_LOST && (chance(p, 20) || (last && !p->lost_one));
    p->lost_one |= lost;
    ns_t saved = start + work;
    /* The row of an at-most-once consumer comes after its commit, within the promised quiet span.
     */
    if (p->mode == COMMIT_BEFORE)
        saved += between(p, 0, 60 * MS);
    if (!lost)
        add_insert(p, saved, user, chance(p, 5));
    bool crash = p->mode == COMMIT_AFTER && !lost && chance(p, 5);
    if (crash) { /* after the row, before the commit: redelivered, saved again */
        ns_t again = saved + between(p, 10 * MS, 150 * MS);
        add_insert(p, again, user, false);
        saved = again;
    }
    ns_t commit = p->mode == COMMIT_BEFORE ? start : saved + between(p, 0, MS);
    if (p->mode == COMMIT_INTERVAL)
        commit = (commit / interval + 1) * interval;
    if (p->mode != COMMIT_BATCH || last || chance(p, 25))
        add_commit(p, commit, record->partition, record->offset + 1);
    return p->mode == COMMIT_BEFORE ? start + work : saved;
}

static void consume_partition(struct pipeline *p, int partition)
{
    ns_t interval = between(p, 20 * MS, 150 * MS);
    ns_t free_at = ORIGIN;
    int last = -1;
    for (int i = 0; i < p->users; i++)
        if (p->appends[i].partition == partition)
            last = i;
    for (int i = 0; i <= last; i++) {
        if (p->appends[i].partition != partition)
            continue;
        if (p->fate == FATE_DEAD && (chance(p, 30) || i == last)) {
            p->died = true;
            return;
        }
        free_at = consume(p, i, free_at, interval, i == last);
    }
}

static void make(struct pipeline *p, uint64_t seed)
{
    memset(p, 0, sizeof *p);
    rng_seed(&p->rng, seed);
    p->partitions = (int)rng_between(&p->rng, 1, PARTITIONS_MAX);
    p->users = chance(p, 3) ? 0 : (int)rng_between(&p->rng, 1, USERS_MAX);
    p->mode = (enum commit_mode)rng_below(&p->rng, COMMIT_MODES);
    p->fate = chance(p, 70) ? FATE_SOUND : (enum fate)rng_below(&p->rng, FATES);
    p->accepted_known = chance(p, 75);
    produce(p);
    for (int i = 0; i < p->partitions; i++)
        consume_partition(p, i);
}

/* ---- looking at it ---- */

static int64_t end_at(const struct pipeline *p, int partition, ns_t at)
{
    int64_t end = 0;
    for (int i = 0; i < p->users; i++)
        end += p->appends[i].partition == partition && p->appends[i].at <= at;
    return end;
}

static int64_t committed_at(const struct pipeline *p, int partition, ns_t at)
{
    int64_t committed = OFFSET_UNDEFINED;
    for (int i = 0; i < p->commits_count; i++) {
        const struct commit *c = &p->commits[i];
        if (c->partition == partition && c->at <= at && c->offset > committed)
            committed = c->offset;
    }
    return committed;
}

struct eye { /* what a probe sees in one round */
    struct sample sample;
    struct partition_reading partitions[PARTITIONS_MAX];
};

static void look_offsets(const struct pipeline *p, struct eye *eye, ns_t at, bool ends)
{
    for (int i = 0; i < p->partitions; i++) {
        eye->partitions[i].partition = i;
        if (ends)
            eye->partitions[i].end = end_at(p, i, at);
        else
            eye->partitions[i].committed = committed_at(p, i, at);
    }
    *(ends ? &eye->sample.ends_at : &eye->sample.committed_at) = at;
}

static uint32_t saved_users(const struct pipeline *p, ns_t at, struct sample *sample)
{
    uint32_t saved = 0;
    sample->rows = sample->parked = 0;
    for (int i = 0; i < p->inserts_count; i++) {
        const struct insert *insert = &p->inserts[i];
        if (insert->at > at)
            continue;
        *(insert->parked ? &sample->parked : &sample->rows) += 1;
        saved |= UINT32_C(1) << insert->user;
    }
    sample->rows_at = at;
    return saved;
}

/* Records up to the ends that this round has read. */
static uint32_t produced_users(const struct pipeline *p, const struct eye *eye)
{
    uint32_t produced = 0;
    for (int i = 0; i < p->users; i++)
        if (p->appends[i].offset < eye->partitions[p->appends[i].partition].end)
            produced |= UINT32_C(1) << i;
    return produced;
}

enum { WANT_ROWS = 1, WANT_KAFKA = 2, WANT_SAVED = 4 };

/* One round that begins at `at`; every read takes up to `slow`, and a fifth of it at
 * least. */
static void look(struct pipeline *p, struct eye *eye, ns_t at, unsigned wants,
                 enum read_order order, ns_t slow)
{
    memset(eye, 0, sizeof *eye);
    struct sample *s = &eye->sample;
    s->rows = s->parked = s->saved = s->counter = s->members = COUNT_UNKNOWN;
    s->records = s->unsaved = COUNT_UNKNOWN;
    ns_t t[3];
    for (int i = 0; i < 3; i++)
        t[i] = at += between(p, slow / 5, slow);
    uint32_t saved = 0;
    if (order == ORDER_ROWS_FIRST && (wants & WANT_ROWS))
        saved = saved_users(p, t[0], s);
    if (wants & WANT_KAFKA) {
        look_offsets(p, eye, t[order == ORDER_ENDS_FIRST ? 1 : 0], false);
        look_offsets(p, eye, t[order == ORDER_ENDS_FIRST ? 0 : 1], true);
        s->partitions = eye->partitions;
        s->partitions_count = (uint32_t)p->partitions;
    }
    if (order != ORDER_ROWS_FIRST && (wants & WANT_ROWS))
        saved = saved_users(p, t[2], s);
    if (wants & WANT_SAVED) {
        uint32_t produced = produced_users(p, eye);
        s->saved = __builtin_popcount(saved);
        s->records = __builtin_popcount(produced);
        s->unsaved = __builtin_popcount(produced & ~saved);
    }
    s->at = t[2];
}

static ns_t last_event(const struct pipeline *p)
{
    ns_t last = 0;
    for (int i = 0; i < p->users; i++)
        last = p->appends[i].at > last ? p->appends[i].at : last;
    for (int i = 0; i < p->inserts_count; i++)
        last = p->inserts[i].at > last ? p->inserts[i].at : last;
    for (int i = 0; i < p->commits_count; i++)
        last = p->commits[i].at > last ? p->commits[i].at : last;
    return last;
}

static char *topics[] = {"coupon_create"};
static struct spec_pipeline kafka = {.topics = topics, .topics_count = 1, .group = "group_1"};
static struct spec_rows coupons = {.postgres = "SELECT user_id FROM coupon"};

static struct drain *start(const struct pipeline *p, const struct spec_drain *spec, bool rows,
                           struct scenario *scenario)
{
    *scenario = (struct scenario){.drain = *spec};
    scenario->evidence.pipeline = &kafka;
    scenario->evidence.coupons = rows ? &coupons : NULL;
    struct drain *drain = drain_new(scenario, NULL);
    cr_assert_not_null(drain);
    struct partition_reading none[PARTITIONS_MAX];
    for (int i = 0; i < p->partitions; i++)
        none[i] = (struct partition_reading){0, i, OFFSET_UNDEFINED, 0};
    struct sample baseline = {.at = ORIGIN - MS,
                              .committed_at = ORIGIN - MS,
                              .ends_at = ORIGIN - MS,
                              .rows_at = ORIGIN - MS,
                              .partitions = none,
                              .partitions_count = (uint32_t)p->partitions,
                              .saved = COUNT_UNKNOWN,
                              .unsaved = COUNT_UNKNOWN,
                              .members = COUNT_UNKNOWN,
                              .records = COUNT_UNKNOWN,
                              .counter = COUNT_UNKNOWN,
                              .flags = SAMPLE_BASELINE};
    struct drain_facts facts = {.accepted = COUNT_UNKNOWN};
    cr_assert_eq(drain_feed(drain, &baseline, &facts), DRAIN_CONTINUE);
    return drain;
}

struct verdict_seen {
    struct drain_result result;
    ns_t read_at; /* of the rows that decided */
};

/* Feeds rounds until the machine decides. forge: stamps say the right order whatever the order was.
 */
static struct verdict_seen watch(struct pipeline *p, const struct spec_drain *spec, bool rows,
                                 enum read_order order, bool forge, ns_t slow)
{
    struct scenario scenario;
    struct drain *drain = start(p, spec, rows, &scenario);
    struct eye eye = {.sample.at = ORIGIN};
    struct verdict_seen seen = {0};
    for (int round = 0;; round++) {
        cr_assert_lt(round, 100000, "the machine never decides");
        unsigned wants = 0;
        ns_t now = eye.sample.at;
        ns_t next = drain_next(drain, now, &wants);
        look(p, &eye, next > now ? next : now, wants, order, slow);
        if (forge && eye.sample.committed_at) {
            eye.sample.committed_at = eye.sample.ends_at = eye.sample.at;
            eye.sample.rows_at = eye.sample.rows_at ? eye.sample.at : 0;
        }
        bool settled = eye.sample.at >= p->settled;
        const struct drain_facts facts = {.settled = settled ? p->settled : 0,
                                          .accepted = settled && p->accepted_known ? p->users
                                                                                   : COUNT_UNKNOWN};
        if (drain_feed(drain, &eye.sample, &facts) == DRAIN_DECIDED)
            break;
    }
    drain_result(drain, &seen.result);
    seen.read_at = eye.sample.at;
    drain_free(drain);
    return seen;
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static bool is_right(const struct pipeline *p, enum drain_outcome outcome)
{
    if (p->died)
        return outcome == DRAIN_STALLED || outcome == DRAIN_NO_CONSUMER;
    if (p->lost_one)
        return outcome == DRAIN_DRAINED_LOSSY;
    return outcome == DRAIN_DRAINED;
}

Test(drain_random, every_outcome_is_the_right_one, .timeout = 280)
{
    uint64_t count = setting("RUSHPROOF_SEQUENCES", 120000);
    uint64_t first = setting("RUSHPROOF_SEED", 1);
    uint64_t outcomes[DRAIN_OUTCOME_COUNT] = {0}, rounds = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        static struct pipeline p;
        make(&p, seed);
        ns_t slow = between(&p, MS / 2, 6 * MS);
        struct verdict_seen seen = watch(&p, &settings, true, ORDER_RIGHT, false, slow);
        enum drain_outcome outcome = seen.result.outcome;
        outcomes[outcome]++;
        rounds += (uint64_t)seen.result.rounds;
        cr_assert(is_right(&p, outcome), "seed %" PRIu64 ": %s (%s), gates %s", seed,
                  drain_outcome_name(outcome), seen.result.detail, seen.result.gates);
        cr_assert_geq(seen.result.decided, p.settled);
        if (outcome == DRAIN_DRAINED)
            cr_assert_leq(last_event(&p), seen.read_at,
                          "seed %" PRIu64 ": drained, and something still came %" PRId64
                          " us later",
                          seed, (last_event(&p) - seen.read_at) / 1000);
        cr_assert_leq(seen.result.decided, p.settled + settings.timeout);
    }
    fprintf(stderr, "drain_random: %" PRIu64 " sequences:", count);
    for (int i = 0; i < DRAIN_OUTCOME_COUNT; i++)
        if (outcomes[i])
            fprintf(stderr, " %s %" PRIu64, drain_outcome_name((enum drain_outcome)i), outcomes[i]);
    fprintf(stderr, ", %.1f rounds each\n", (double)rounds / (double)count);
    /* The test is worth something only if every kind of pipeline came up. */
    cr_assert_gt(outcomes[DRAIN_DRAINED], count / 2);
    cr_assert_gt(outcomes[DRAIN_DRAINED_LOSSY], count / 100);
    cr_assert_gt(outcomes[DRAIN_STALLED], count / 100);
}

/* A steady stream that goes on after the answers: each record is committed just after the next one
 * came, so the lag is never 0 until the end. No rows to look at, and one passing round is enough:
 * nothing but the order of the two reads of a round tells that it is not over. */
static void make_stream(struct pipeline *p, uint64_t seed)
{
    memset(p, 0, sizeof *p);
    rng_seed(&p->rng, seed);
    p->partitions = 1;
    p->users = USERS_MAX;
    p->accepted_known = true;
    p->settled = ORIGIN + MS;
    for (int i = 0; i < p->users; i++) {
        p->appends[i] = (struct append){ORIGIN + i * 40 * MS, 0, i};
        add_commit(p, p->appends[i].at + 42 * MS, 0, i + 1);
    }
}

static unsigned too_early(enum read_order order, bool forge, unsigned runs, unsigned *ret_drained)
{
    const struct spec_drain once = {.timeout = 3 * NS_PER_S,
                                    .rounds = 1,
                                    .stall = 300 * MS,
                                    .poll_min = MS,
                                    .poll_max = 5 * MS};
    unsigned early = 0;
    for (unsigned seed = 1; seed <= runs; seed++) {
        static struct pipeline p;
        make_stream(&p, seed);
        struct verdict_seen seen = watch(&p, &once, false, order, forge, 20 * MS);
        *ret_drained += seen.result.outcome == DRAIN_DRAINED;
        early += seen.result.outcome == DRAIN_DRAINED && last_event(&p) > seen.read_at;
    }
    return early;
}

Test(drain_random, the_order_of_reads_matters)
{
    unsigned drained = 0;
    cr_assert_eq(too_early(ORDER_RIGHT, false, 2000, &drained), 0);
    cr_assert_eq(drained, 2000);
    /* The other order, told as if it were the right one: the promise above must be seen to break,
     * or these tests could not see it. */
    drained = 0;
    cr_assert_gt(too_early(ORDER_ENDS_FIRST, true, 2000, &drained), 100);
    /* Told honestly: the machine takes no such round. */
    drained = 0;
    (void)too_early(ORDER_ENDS_FIRST, false, 200, &drained);
    cr_assert_eq(drained, 0);
}

Test(drain_random, rows_read_first_are_no_proof)
{
    static struct pipeline p;
    unsigned drained = 0, sound = 0;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        make(&p, seed);
        if (p.died || p.lost_one)
            continue;
        sound++;
        struct verdict_seen seen = watch(&p, &settings, true, ORDER_ROWS_FIRST, false, 3 * MS);
        drained += seen.result.outcome == DRAIN_DRAINED;
        cr_assert(strstr(seen.result.gates, "order of reads") || p.users == 0, "%s",
                  seen.result.gates);
    }
    cr_assert_gt(sound, 100);
    cr_assert_eq(drained, 0);
}
