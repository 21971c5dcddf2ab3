/* links: verify */
/* What became of orders after they were made: from when on, and by when, their units are there
 * again, and since when they are kept. */
#include <criterion/criterion.h>
#include <string.h>

#include "verify/ledger.h"

#define ORIGIN (100 * NS_PER_S)
#define NEVER  (-1.0)

enum { PAY, CANCEL };

static char *words(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* One order for one unit, told something after so many seconds, and what was asked about it. */
struct story {
    enum request_class order;
    double done; /* it was released at 0 */
    struct {
        int action; /* PAY, CANCEL */
        enum request_class cls;
        double released, done;
        bool others;
    } acts[2];
    size_t acts_count;
    double ttl, grace; /* 0: no hold; nobody says */
};

/* In seconds; NEVER. */
struct ending {
    double from, by, kept;
};

static ns_t at(double seconds)
{
    return ORIGIN + (ns_t)(seconds * (double)NS_PER_S);
}

static double seconds(ns_t instant)
{
    return instant == FATE_NEVER ? NEVER : (double)(instant - ORIGIN) / (double)NS_PER_S;
}

static void add(struct history *history, enum request_class cls, double released, double done)
{
    history->v[history->count] = (struct request){.user = 1,
                                                  .cls = (uint8_t)cls,
                                                  .released = at(released),
                                                  .done = done < 0 ? 0 : at(done),
                                                  .seq = (uint32_t)history->count,
                                                  .attempt = 1};
    history->orders[history->count++] = (struct order){.asked_units = 1, .units = 1, .id = 7};
}

static struct ending fate_of(const struct story *story)
{
    struct spec_pair each[] = {{words("seat"), words("10")}};
    struct spec_ttl hold = {(ns_t)(story->ttl * (double)NS_PER_S),
                            (ns_t)(story->grace * (double)NS_PER_S)};
    struct spec_items items = {
        .each = each, .each_count = 1, .hold = story->ttl > 0 ? &hold : NULL};
    struct spec_action actions[] = {{.name = words("pay"), .moves = MOVES_NONE},
                                    {.name = words("cancel"), .moves = MOVES_BACK}};
    const struct scenario scenario = {.limit = 10,
                                      .items = &items,
                                      .actions = actions,
                                      .actions_count = 2,
                                      .demand = {.lines = 1}};
    static struct run run;
    run = (struct run){.scenario = &scenario};
    cr_assert_eq(items_make(&scenario, &run.items, NULL), 0);
    cr_assert(!history_init(&run.history, 4, NULL) && !history_order(&run.history, NULL));
    cr_assert(!history_init(&run.actions, 4, NULL) && !history_order(&run.actions, NULL) &&
              !history_act(&run.actions, NULL));
    run.history.origin = ORIGIN;
    add(&run.history, story->order, 0, story->done);
    for (size_t i = 0; i < story->acts_count; i++) {
        add(&run.actions, story->acts[i].cls, story->acts[i].released, story->acts[i].done);
        run.actions.deeds[i] = (struct deed){.action = (uint8_t)story->acts[i].action,
                                             .others = story->acts[i].others};
    }
    struct case_file facts;
    struct err err = {0};
    cr_assert_eq(case_build(&run, &facts, &err), 0, "%s", err.message);
    const struct fate *fate = &facts.ledger->fates[0];
    struct ending ending = {seconds(fate_from(fate)), seconds(fate_by(fate)), seconds(fate->kept)};
    case_free(&facts);
    history_free(&run.history);
    history_free(&run.actions);
    items_free(run.items);
    return ending;
}

#define YES       CLASS_ACCEPTED
#define NO        CLASS_REJECTED
#define UNKNOWN   CLASS_UNKNOWN
#define ACTS(...) .acts = {__VA_ARGS__}, .acts_count = 1
#define TWO(...)  .acts = {__VA_ARGS__}, .acts_count = 2

static const struct {
    const char *what;
    struct story story;
    struct ending want;
} table[] = {
    {"an order stays",
     {.order = YES, .done = 1, ACTS({PAY, NO, 2, 3, false})},
     {NEVER, NEVER, NEVER}},
    {"a hold ends a second early at the earliest",
     {.order = YES, .done = 1, .ttl = 5, .grace = 2},
     {4, 8, NEVER}},
    {"without grace nobody says by when", {.order = YES, .done = 1, .ttl = 5}, {4, NEVER, NEVER}},
    {"a hold shorter than a second may end at once",
     {.order = YES, .done = 1, .ttl = 0.5, .grace = 1},
     {0, 2.5, NEVER}},
    {"who was told no holds nothing",
     {.order = NO, .done = 1, .ttl = 5, .grace = 2},
     {NEVER, NEVER, NEVER}},
    {"who was told nothing may hold",
     {.order = UNKNOWN, .done = NEVER, .ttl = 5, .grace = 2},
     {4, NEVER, NEVER}},
    {"paid in time it does not end",
     {.order = YES, .done = 1, ACTS({PAY, YES, 2, 3, false}), .ttl = 5, .grace = 2},
     {NEVER, NEVER, 3}},
    {"paid late it may have ended before",
     {.order = YES, .done = 1, ACTS({PAY, YES, 4.5, 5, false}), .ttl = 5, .grace = 2},
     {4, NEVER, 5}},
    {"a payment that was told no keeps nothing",
     {.order = YES, .done = 1, ACTS({PAY, NO, 2, 3, false}), .ttl = 5, .grace = 2},
     {4, 8, NEVER}},
    {"one that was told nothing may keep it",
     {.order = YES, .done = 1, ACTS({PAY, UNKNOWN, 2, NEVER, false}), .ttl = 5, .grace = 2},
     {4, NEVER, NEVER}},
    {"cancelled: from its release, by its answer",
     {.order = YES, .done = 1, ACTS({CANCEL, YES, 2, 3, false})},
     {2, 3, NEVER}},
    {"cancelled twice: by the first answer",
     {.order = YES, .done = 1, TWO({CANCEL, YES, 2, 4, false}, {CANCEL, YES, 2.5, 3, false})},
     {2, 3, NEVER}},
    {"a cancellation that was told no gives nothing back",
     {.order = YES, .done = 1, ACTS({CANCEL, NO, 2, 3, false})},
     {NEVER, NEVER, NEVER}},
    {"one that was told nothing may have",
     {.order = YES, .done = 1, ACTS({CANCEL, UNKNOWN, 2, NEVER, false})},
     {2, NEVER, NEVER}},
    {"one that was turned away by a limiter has not",
     {.order = YES, .done = 1, ACTS({CANCEL, CLASS_LIMITED, 2, 3, false})},
     {NEVER, NEVER, NEVER}},
    {"somebody else's may have, and not for sure",
     {.order = YES, .done = 1, ACTS({CANCEL, YES, 2, 3, true})},
     {2, NEVER, NEVER}},
    {"one that was sent before the order was answered may have met none",
     {.order = YES, .done = 3, ACTS({CANCEL, YES, 2, 4, false})},
     {2, NEVER, NEVER}},
    {"of an order without an answer nothing is sure",
     {.order = UNKNOWN, .done = NEVER, ACTS({CANCEL, YES, 2, 3, false})},
     {2, NEVER, NEVER}},
    {"paid, and cancelled later",
     {.order = YES,
      .done = 1,
      TWO({PAY, YES, 2, 3, false}, {CANCEL, YES, 4, 5, false}),
      .ttl = 9,
      .grace = 1},
     {4, 5, 3}},
};

Test(fates, of_orders)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct ending got = fate_of(&table[i].story), want = table[i].want;
        cr_expect_float_eq(got.from, want.from, 1e-6, "%s: from %g, not %g", table[i].what,
                           got.from, want.from);
        cr_expect_float_eq(got.by, want.by, 1e-6, "%s: by %g, not %g", table[i].what, got.by,
                           want.by);
        cr_expect_float_eq(got.kept, want.kept, 1e-6, "%s: kept %g, not %g", table[i].what,
                           got.kept, want.kept);
    }
}
