/* A random pipeline for the tests of the drain state machine, and what a probe sees of it. Included
 * by one test program only. */
#ifndef TESTS_DRAIN_PIPELINE_H
#define TESTS_DRAIN_PIPELINE_H

#include <stdlib.h>

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

static const struct spec_drain settings = {.timeout = 5 * NS_PER_S,
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
    int64_t committed = COMMITTED_UNDEFINED;
    for (int i = 0; i < p->commits_count; i++) {
        const struct commit *c = &p->commits[i];
        if (c->partition == partition && c->at <= at && c->offset > committed)
            committed = c->offset;
    }
    return committed;
}

struct eye { /* what a probe sees in one round */
    struct sample sample;
    struct lane_reading partitions[PARTITIONS_MAX];
};

static void look_offsets(const struct pipeline *p, struct eye *eye, ns_t at, bool ends)
{
    for (int i = 0; i < p->partitions; i++) {
        eye->partitions[i].lane = i;
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

enum { WANT_ROWS = 1, WANT_PIPELINE = 2, WANT_SAVED = 4 };

/* One round that begins at `at`; every read takes up to `slow`, and a fifth of it at
 * least. */
static void look(struct pipeline *p, struct eye *eye, ns_t at, unsigned wants,
                 enum read_order order, ns_t slow)
{
    memset(eye, 0, sizeof *eye);
    struct sample *s = &eye->sample;
    s->rows = s->parked = s->saved = s->members = COUNT_UNKNOWN;
    s->records = s->unsaved = COUNT_UNKNOWN;
    ns_t t[3];
    for (int i = 0; i < 3; i++)
        t[i] = at += between(p, slow / 5, slow);
    uint32_t saved = 0;
    if (order == ORDER_ROWS_FIRST && (wants & WANT_ROWS))
        saved = saved_users(p, t[0], s);
    if (wants & WANT_PIPELINE) {
        look_offsets(p, eye, t[order == ORDER_ENDS_FIRST ? 1 : 0], false);
        look_offsets(p, eye, t[order == ORDER_ENDS_FIRST ? 0 : 1], true);
        s->lanes = eye->partitions;
        s->lanes_count = (uint32_t)p->partitions;
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

#endif
