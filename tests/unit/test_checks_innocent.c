/* links: model verify */
/* No innocent is convicted: small histories of a right service, in which users ask again while
 * their first request is still on its way, answers get lost before or after they took effect, and a
 * second request is answered in any of the ways that right services choose. Whatever happens, no
 * check may fail. */
#include "base/rng.h"
#include "often.h"
#include "small_run.h"

#define REQUESTS 12
#define USERS    6
#define TIMES    16

/* What a right service tells somebody who has a coupon already. */
enum repeat { REPEAT_YES, REPEAT_NO, REPEAT_VARIANTS };

struct event {
    int64_t user;
    ns_t released, effect, done; /* effect 0: never arrived */
    bool holds, sold_out;        /* what the service found */
    bool yes;
    int64_t rank;
};

struct world {
    struct rng rng;
    struct event v[REQUESTS];
    size_t count;
    int64_t limit;
    enum repeat repeat;
    bool holder[USERS + 1];
    int64_t ranks[USERS + 1];
    int64_t taken;
};

static ns_t at(ns_t tick)
{
    return SMALL_ORIGIN + tick * NS_PER_MS;
}

static void draw(struct world *world)
{
    world->count = 1 + rng_below(&world->rng, REQUESTS);
    world->limit = 1 + (int64_t)rng_below(&world->rng, 4);
    world->repeat = (enum repeat)rng_below(&world->rng, REPEAT_VARIANTS);
    for (size_t i = 0; i < world->count; i++) {
        struct event *event = &world->v[i];
        ns_t released = 2 * (1 + (ns_t)rng_below(&world->rng, TIMES));
        ns_t done = released + 2 * (1 + (ns_t)rng_below(&world->rng, TIMES / 2));
        *event = (struct event){.user = 1 + (int64_t)rng_below(&world->rng, USERS),
                                .released = at(released),
                                .done = at(done)};
        /* At the ends, too: an effect may coincide with the release or with the answer. */
        event->effect = at(rng_between(&world->rng, released, done));
        if (rng_below(&world->rng, 8) == 0)
            event->effect = 0;
    }
}

/* Effects in their order, ties by place: the exact service. */
static void take_effect(struct world *world)
{
    for (;;) {
        struct event *next = NULL;
        for (size_t i = 0; i < world->count; i++) {
            struct event *event = &world->v[i];
            bool pending = event->effect && !event->holds && !event->sold_out && !event->rank;
            if (pending && (!next || event->effect < next->effect))
                next = event;
        }
        if (!next)
            return;
        if (world->holder[next->user]) {
            next->holds = true;
            next->yes = world->repeat == REPEAT_YES;
        } else if (world->taken == world->limit) {
            next->sold_out = true;
        } else {
            world->holder[next->user] = true;
            world->ranks[next->user] = ++world->taken;
            next->yes = true;
        }
        next->rank = world->ranks[next->user] ? world->ranks[next->user] : -1;
    }
}

/* The answer as it comes back, if it does. */
static void answer(struct world *world, const struct event *event, struct request *request)
{
    uint64_t luck = rng_below(&world->rng, 10);
    *request = (struct request){.user = event->user,
                                .planned = event->released,
                                .released = event->released,
                                .first_byte = event->done,
                                .done = event->done};
    if (luck == 0 || (!event->effect && luck < 6)) {
        request->cls = CLASS_UNKNOWN;
        request->cause = CAUSE_TIMEOUT;
        request->first_byte = 0;
    } else if (luck == 1 || !event->effect) {
        request->cls = CLASS_FAILED;
        request->cause = CAUSE_SERVER_ERROR;
        request->status = 500;
    } else {
        request->cls = event->yes ? CLASS_ACCEPTED : CLASS_REJECTED;
        request->status = event->yes ? 202 : event->holds ? 409 : 410;
        request_set_rank(request, (struct maybe){event->yes && !event->holds, event->rank});
    }
}

static void fill(struct world *world, struct small *small)
{
    struct run *run = &small->run;
    run->history.count = 0;
    for (size_t i = 0; i < world->count; i++) {
        answer(world, &world->v[i], &run->history.v[i]);
        run->history.v[i].seq = (uint32_t)i;
        run->history.count++;
    }
    for (int64_t user = 1; user <= USERS; user++) {
        if (!world->holder[user])
            continue;
        struct rows *rows = &run->evidence.coupons;
        struct produced *produced = &run->evidence.produced;
        rows->v[rows->count++] = (struct row){user, world->ranks[user]};
        produced->v[produced->count++] = (struct produced_record){.user = user, .decoded = true};
    }
    run->evidence.counter.after = run->evidence.counter.before + world->taken;
    run->drain.rows_max = (int64_t)run->evidence.coupons.count;
    cr_assert_eq(tally_make(&run->history, TALLY_ALL_PHASES, &run->tally, NULL), 0);
}

Test(checks_innocent, a_right_service_is_never_convicted, .timeout = 120)
{
    struct rng rng;
    rng_seed(&rng, 42);
    const int histories = often(60000);
    int64_t passed = 0, twice = 0;
    for (int h = 0; h < histories; h++) {
        struct world world = {0};
        rng_seed(&world.rng, rng_next(&rng));
        draw(&world);
        take_effect(&world);
        const struct small_run text = {.limit = world.limit,
                                       .answers = "",
                                       .rows = "",
                                       .produced = "",
                                       .counter_given = true,
                                       .counts_accepts = true};
        struct small *small = small_new(&text);
        fill(&world, small);
        small_expect(small, "errors")->at_most = REQUESTS;
        small_expect(small, "fcfs_distance");
        small_expect(small, "retry");
        cr_assert_eq(checks_run(&small->run, NULL), 0);
        for (size_t i = 0; i < small->run.findings.count; i++) {
            const struct finding *finding = &small->run.findings.v[i];
            cr_assert_neq(finding->verdict, FAIL, "history %d: %s: %s", h, finding->check,
                          finding->message);
        }
        passed += findings_find(&small->run.findings, "fcfs")->verdict == PASS;
        twice += findings_find(&small->run.findings, "retry")->verdict == PASS;
        small_free(small);
    }
    cr_expect_gt(passed, histories / 2, "most of them must say something");
    cr_expect_gt(twice, histories / 2);
}
