/* A planted run whose service counted rows before it inserted one, as the proxy saw it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plant_inside.h"

enum { TOO_MANY = 12, LINKS = 10 };

static const char *const texts[] = {
    "select count(*) from coupon where note <> ? -- <script>alert(1)</script>",
    "insert into coupon (user_id) values (?)"};

static void add(struct run *run, const struct trace_statement *statement)
{
    struct err err;
    if (trace_add(&run->trace, statement, &err))
        abort();
}

/* What the nth who is told yes has read, and inserted then; the last dozen all read the same. */
static void serve(struct run *run, size_t i, int64_t nth, bool yes)
{
    const struct request *request = &run->history.v[i];
    bool held = yes && nth >= PLANT_LIMIT - 1;
    ns_t asked = PLANT_ORIGIN + 30 * NS_PER_MS + (ns_t)i * 20 * NS_PER_US;
    ns_t answered = asked + 300 * NS_PER_US;
    struct trace_statement one = {
        .asked = asked,
        .answered = answered,
        .let_go = held ? PLANT_ORIGIN + 60 * NS_PER_MS : answered,
        .connection = 1 + (uint32_t)(i % LINKS),
        .number = 1 + 2 * (uint32_t)(i / LINKS),
        .what = TRACE_READ,
        .flags = held ? TRACE_HELD : 0,
        .request = TRACE_NOBODY,
        .asks = {.count = 1, .v = {0x1f03}, .kinds = {TRACE_OTHER}},
        .answer = {.count = 1, .v = {held ? PLANT_LIMIT - 1 : nth}, .kinds = {TRACE_INTEGER}},
        .tag = "SELECT 1",
    };
    add(run, &one);
    if (!yes)
        return;
    one.asked = one.let_go + 100 * NS_PER_US;
    one.answered = one.let_go = one.asked + 200 * NS_PER_US;
    one.number++;
    one.shape = 1;
    one.what = TRACE_WRITE;
    one.flags = 0;
    one.asks = (struct trace_values){.count = 1, .v = {request->user}, .kinds = {TRACE_INTEGER}};
    one.answer = (struct trace_values){0};
    snprintf(one.tag, sizeof one.tag, "INSERT 0 1");
    add(run, &one);
}

static void sell_too_many(struct run *run)
{
    struct rows *coupons = &run->evidence.coupons;
    coupons->v = realloc(coupons->v, (coupons->count + TOO_MANY) * sizeof *coupons->v);
    if (!coupons->v)
        abort();
    for (size_t i = 0, sold = 0; i < run->history.count && sold < TOO_MANY; i++) {
        struct request *request = &run->history.v[i];
        if (request->cls != CLASS_REJECTED)
            continue;
        request->cls = CLASS_ACCEPTED;
        request->status = 202;
        coupons->v[coupons->count] = (struct row){request->user, (int64_t)coupons->count + 1};
        coupons->count++;
        sold++;
    }
}

void plant_race(struct run *run, struct rng *rng)
{
    (void)rng;
    struct err err;
    int64_t nth = 0;
    sell_too_many(run);
    trace_store(&run->trace, "postgres");
    for (unsigned i = 0; i < 2; i++)
        if (trace_shape_set(&run->trace, i, texts[i], i ? TRACE_WRITE : TRACE_READ, &err))
            abort();
    for (size_t i = 0; i < run->history.count; i++) {
        bool yes = run->history.v[i].cls == CLASS_ACCEPTED;
        run->history.v[i].done += 100 * NS_PER_MS;
        run->history.v[i].first_byte += 100 * NS_PER_MS;
        serve(run, i, nth, yes);
        nth += yes;
    }
}
