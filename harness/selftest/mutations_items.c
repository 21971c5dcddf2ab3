/* Mutations of runs with items: the same made-up run, its pool on a shelf as one item, or cut into
 * seats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/mutation.h"

/* ---- a run with items ---- */

static char *words(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* What is asked for of one pool is asked for no more; the others keep their places. */
static void expect_of_items(struct synthetic *synthetic)
{
    const struct spec_expect other = *synthetic_expect(synthetic, "latency");
    for (unsigned i = 0; i < synthetic->scenario.expect_count; i++) {
        struct spec_expect *expect = &synthetic->expect[i];
        if (!strncmp(expect->check, "fcfs", 4) || !strcmp(expect->check, "retry"))
            *expect = other;
    }
}

/* Everybody wants one unit of the first item. */
static bool make_orders(struct synthetic *synthetic)
{
    struct run *run = &synthetic->run;
    if (items_make(&synthetic->scenario, &run->items, NULL) || history_order(&run->history, NULL))
        return false;
    for (size_t i = 0; i < run->history.count; i++)
        run->history.orders[i] = (struct order){.asked_units = 1, .units = 1};
    return true;
}

static bool make_lines(struct synthetic *synthetic)
{
    struct rows *rows = &synthetic->run.evidence.coupons;
    rows->lines = calloc(rows->count + 1, sizeof *rows->lines);
    for (size_t i = 0; rows->lines && i < rows->count; i++)
        rows->lines[i] = (struct row_line){.units = 1};
    return rows->lines;
}

/* Not of runs whose failed events hold units, nor of those that nobody was turned away in. */
static bool suits(const struct synthetic *synthetic)
{
    const struct evidence *evidence = &synthetic->run.evidence;
    return synthetic->sold_out && !synthetic->undecided && synthetic->scenario.limit > 3 &&
           !evidence->parked.count && !evidence->dead_letter.count;
}

/* One item of so many units as the pool had, and a few more. Its rows are still to be made. */
static bool shelve(struct synthetic *synthetic, int64_t more)
{
    if (!suits(synthetic))
        return false;
    snprintf(synthetic->stock_text, sizeof synthetic->stock_text, "%lld",
             (long long)(synthetic->scenario.limit + more));
    synthetic->each = (struct spec_pair){words("sku-a"), synthetic->stock_text};
    synthetic->items =
        (struct spec_items){.each = &synthetic->each, .each_count = 1, .own_limit = 1};
    synthetic->stock.negative = NEGATIVE_ALLOWED;
    synthetic->scenario.items = &synthetic->items;
    synthetic->scenario.limit += more;
    synthetic->scenario.evidence.stock = &synthetic->stock;
    expect_of_items(synthetic);
    return make_orders(synthetic);
}

/* As many seats as the pool had, one for each who got something; everybody else wants the first. */
static bool seat(struct synthetic *synthetic)
{
    struct run *run = &synthetic->run;
    if (!suits(synthetic))
        return false;
    synthetic->items = (struct spec_items){
        .ids = words("seat-{{n}}"), .count = synthetic->scenario.limit, .stock = 1, .own_limit = 1};
    synthetic->scenario.items = &synthetic->items;
    expect_of_items(synthetic);
    if (!make_orders(synthetic) || !make_lines(synthetic))
        return false;
    for (size_t i = 0; i < run->evidence.coupons.count; i++) {
        int64_t user = run->evidence.coupons.v[i].user;
        run->evidence.coupons.lines[i].item = (int64_t)i;
        for (size_t k = 0; k < run->history.count; k++)
            if (run->history.v[k].user == user)
                run->history.orders[k].asked = run->history.orders[k].item = (int32_t)i;
    }
    return run->evidence.coupons.count <= (size_t)synthetic->items.count;
}

/* What is left follows from the rows; the run is looked at anew. */
static bool observe(struct synthetic *synthetic, int64_t wrong)
{
    struct evidence *evidence = &synthetic->run.evidence;
    if (synthetic_observe(synthetic, NULL))
        return false;
    if (!synthetic->scenario.evidence.stock)
        return true;
    int64_t sold = 0;
    for (size_t i = 0; i < evidence->coupons.count; i++)
        sold += evidence->coupons.lines ? evidence->coupons.lines[i].units : 1;
    evidence->stock.v = calloc(1, sizeof *evidence->stock.v);
    if (!evidence->stock.v)
        return false;
    evidence->stock.v[0].id = synthetic->scenario.limit - sold + wrong;
    evidence->stock.count = 1;
    evidence->stock.known = true;
    evidence->stock.asked = evidence->coupons.asked;
    return true;
}

static void grant(struct synthetic *synthetic, const struct synthetic_user *user, int64_t asked,
                  int64_t units)
{
    struct rows *rows = &synthetic->run.evidence.coupons;
    struct order *order = &synthetic->run.history.orders[user->request];
    order->asked_units = asked;
    order->units = units;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->v[i].user == user->user)
            rows->lines[i].units = units;
}

/* ---- what goes wrong ---- */

/* The first who was turned away got one too. */
static bool oversell(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *next = NULL;
    if (!shelve(synthetic, 0))
        return false;
    for (size_t i = 0; i < synthetic->users_count; i++) {
        struct synthetic_user *user = &synthetic->users[i];
        if (user->fate == FATE_LOSER && (!next || user->applied < next->applied))
            next = user;
    }
    if (!next || next->twice)
        return false;
    struct request *request = request_of(synthetic, next);
    request->cls = CLASS_ACCEPTED;
    request->status = 202;
    if (synthetic_add_row(synthetic, next->user, NULL) ||
        synthetic_add_record(synthetic, next->user, NULL))
        return false;
    synthetic->run.evidence.counter.after += synthetic->once_per_user;
    expect_fail(expectations, "oversold");
    return observe(synthetic, 0);
}

/* There was more than anybody knew. */
static bool undersell(struct synthetic *synthetic, struct expectations *expectations)
{
    if (!shelve(synthetic, (int64_t)synthetic->run.history.count))
        return false;
    expect_fail(expectations, "undersold");
    return observe(synthetic, 0);
}

static bool seat_two(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *second = pick_user(synthetic, FATE_WINNER);
    if (!second || !seat(synthetic))
        return false;
    struct run *run = &synthetic->run;
    struct rows *rows = &run->evidence.coupons;
    size_t mine = 0, other = 1;
    while (mine < rows->count && rows->v[mine].user != second->user)
        mine++;
    other = mine == 1 ? 2 : 1;
    if (!mine || mine >= rows->count || other >= rows->count)
        return false; /* the first seat is the one that all others wanted */
    rows->lines[mine].item = rows->lines[other].item;
    run->history.orders[second->request].asked = run->history.orders[second->request].item =
        (int32_t)rows->lines[other].item;
    expect_fail(expectations, "seat_twice");
    expect_fail(expectations, "oversold");
    return observe(synthetic, 0);
}

static bool take_two(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = pick_user(synthetic, FATE_WINNER);
    if (!user || !shelve(synthetic, 0) || !make_lines(synthetic))
        return false;
    grant(synthetic, user, 2, 2);
    expect_user(expect_fail(expectations, "over_own_limit"), user->user);
    expect_fail(expectations, "oversold");
    return observe(synthetic, 0);
}

static bool grant_less(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = pick_user(synthetic, FATE_WINNER);
    if (!user || !shelve(synthetic, 0) || !make_lines(synthetic))
        return false;
    grant(synthetic, user, 2, 1);
    expect_user(expect_fail(expectations, "partial_orders"), user->user);
    return observe(synthetic, 0);
}

static bool misplace(struct synthetic *synthetic, struct expectations *expectations)
{
    bool more = rng_below(&synthetic->rng, 2);
    if (!shelve(synthetic, 0))
        return false;
    expect_fail(expectations, "stock_conserved");
    return observe(synthetic, more ? 1 : -1);
}

/* ---- keys ---- */

/* One key a user: what it promises a service that tells who asks again that he has one does not
 * keep. */
static bool answer_otherwise(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = pick_twice(synthetic, FATE_WINNER);
    const struct history *history = &synthetic->run.history;
    bool told_no = false;
    for (size_t i = 0; user && i < history->count; i++)
        told_no |= history->v[i].user == user->user && history->v[i].cls == CLASS_REJECTED;
    synthetic->scenario.idempotency = &synthetic->keys;
    expect_fail(expectations, "idempotent_answer");
    return told_no && !synthetic->undecided;
}

/* Is there somebody who asked twice, and may have been told yes? */
static bool any_twice(const struct synthetic *synthetic)
{
    for (size_t i = 0; i < synthetic->users_count; i++)
        if (synthetic->users[i].twice && synthetic->users[i].fate != FATE_LOSER)
            return true;
    return false;
}

/* A second row under one key. */
static bool write_again(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *winner = pick_user(synthetic, FATE_WINNER);
    if (!winner || !pick_twice(synthetic, FATE_LOSER) || synthetic->undecided ||
        any_twice(synthetic) || synthetic_add_row(synthetic, winner->user, NULL))
        return false;
    synthetic->scenario.idempotency = &synthetic->keys;
    expect_user(expect_fail(expectations, "duplicate"), winner->user);
    expect_user(expect_fail(expectations, "idempotent_effect"), winner->user);
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    return synthetic_observe(synthetic, NULL) == 0;
}

/* ---- actions ---- */

enum { PAY, CANCEL };

/* A second phase, of actions that are answered when all has been read. */
static bool act_later(struct synthetic *synthetic, size_t room)
{
    struct run *run = &synthetic->run;
    synthetic->actions[PAY] = (struct spec_action){.name = words("pay")};
    synthetic->actions[CANCEL] = (struct spec_action){.name = words("cancel"), .moves = MOVES_BACK};
    synthetic->scenario.actions = synthetic->actions;
    synthetic->scenario.actions_count = 2;
    synthetic->phases[0] = synthetic->phase;
    synthetic->phases[1] = (struct spec_phase){.kind = LOAD_ACTION, .action = {.others = true}};
    synthetic->scenario.load = synthetic->phases;
    synthetic->scenario.load_count = 2;
    return !history_init(&run->actions, room, NULL) && !history_order(&run->actions, NULL) &&
           !history_act(&run->actions, NULL);
}

/* Told yes, after the one before it. */
static void act(struct synthetic *synthetic, const struct synthetic_user *about, int action,
                int64_t user)
{
    struct run *run = &synthetic->run;
    size_t place = run->actions.count++;
    ns_t at = run->evidence.coupons.asked + (ns_t)(place + 1) * NS_PER_MS;
    run->actions.v[place] = (struct request){.user = user,
                                             .planned = at,
                                             .released = at,
                                             .done = at + NS_PER_MS / 2,
                                             .status = 200,
                                             .cls = CLASS_ACCEPTED,
                                             .phase = 1};
    run->actions.orders[place] = run->history.orders[about->request];
    run->actions.deeds[place] = (struct deed){.order = (uint32_t)about->request,
                                              .action = (uint8_t)action,
                                              .others = user != about->user};
}

/* Somebody who was told no cancels the order of another one. */
static bool act_for_another(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *owner = pick_user(synthetic, FATE_WINNER),
                          *other = pick_user(synthetic, FATE_LOSER);
    if (!owner || !other || !shelve(synthetic, 0) || !act_later(synthetic, 1))
        return false;
    expect_user(expect_fail(expectations, "own_orders"), other->user);
    if (!observe(synthetic, 0))
        return false;
    act(synthetic, owner, CANCEL, other->user);
    return true;
}

/* Nobody acts for another one. */
static void act_for_oneself(struct synthetic *synthetic)
{
    synthetic->phases[1].action.others = false;
}

static bool use_cancelled(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = pick_user(synthetic, FATE_WINNER);
    if (!user || !shelve(synthetic, 0) || !act_later(synthetic, 2) || !observe(synthetic, 0))
        return false;
    act_for_oneself(synthetic);
    act(synthetic, user, CANCEL, user->user);
    act(synthetic, user, PAY, user->user);
    expect_user(expect_fail(expectations, "cancelled_xor_used"), user->user);
    return true;
}

static bool restore_twice(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = pick_user(synthetic, FATE_WINNER);
    if (!user || !shelve(synthetic, 0) || !act_later(synthetic, 2) || !observe(synthetic, 1))
        return false;
    act_for_oneself(synthetic);
    act(synthetic, user, CANCEL, user->user);
    act(synthetic, user, CANCEL, user->user);
    expect_user(expect_fail(expectations, "restored_once"), user->user);
    expect_fail(expectations, "stock_conserved");
    return true;
}

/* Everybody pays when the holds are over, and there is one left all the same. */
static bool pay_expired(struct synthetic *synthetic, struct expectations *expectations)
{
    int64_t paid = 0, limit = synthetic->scenario.limit;
    const struct history *history = &synthetic->run.history;
    for (size_t i = 0; i < history->count; i++)
        if (history->v[i].cls == CLASS_UNKNOWN || history->v[i].cls == CLASS_FAILED)
            return false; /* it may hold one */
    if (!shelve(synthetic, 0) || !act_later(synthetic, synthetic->users_count) ||
        !observe(synthetic, 1))
        return false;
    act_for_oneself(synthetic);
    synthetic->hold = (struct spec_ttl){.ttl = NS_PER_S};
    synthetic->items.hold = &synthetic->hold;
    for (size_t i = 0; i < synthetic->users_count; i++) {
        const struct synthetic_user *user = &synthetic->users[i];
        if (user->fate != FATE_WINNER || user->parked)
            continue;
        act(synthetic, user, PAY, user->user);
        paid++;
    }
    expect_fail(expectations, "expired_xor_paid");
    expect_fail(expectations, "restored_once");
    expect_fail(expectations, "stock_conserved");
    return paid == limit;
}

const struct mutation *mutations_items(size_t *ret_count)
{
    static const struct mutation table[] = {
        {"an item sold once more than there is", "oversold", oversell},
        {"turned away from a full shelf", "undersold", undersell},
        {"one seat, two users", "seat_twice", seat_two},
        {"two units where one is allowed", "over_own_limit", take_two},
        {"fewer units than were asked for", "partial_orders", grant_less},
        {"a unit of the stock gone, or back", "stock_conserved", misplace},
        {"cancelled by somebody else", "own_orders", act_for_another},
        {"cancelled, and paid", "cancelled_xor_used", use_cancelled},
        {"cancelled twice, and left twice", "restored_once", restore_twice},
        {"expired, and paid", "expired_xor_paid", pay_expired},
        {"one key, another answer", "idempotent_answer", answer_otherwise},
        {"one key, two rows", "idempotent_effect", write_again},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
