/* Mutations of the answers: who was told what, and when. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "selftest/mutation.h"

static bool decided(const struct synthetic *synthetic)
{
    return synthetic->sold_out && !synthetic->undecided;
}

static bool observe(struct synthetic *synthetic)
{
    return synthetic_observe(synthetic, NULL) == 0;
}

static void answer(struct request *request, enum request_class cls, enum request_cause cause,
                   uint16_t status)
{
    request->cls = (uint8_t)cls;
    request->cause = (uint8_t)cause;
    request->status = status;
    request->ranked = false;
}

/* ---- who comes when ---- */

enum sorting { BY_APPLIED, BY_DONE, BY_RANK };

/* Users of a fate in an order; at most room of them. */
static size_t sort_users(struct synthetic *synthetic, enum fate fate, enum sorting sorting,
                         struct synthetic_user **ret_users, size_t room)
{
    struct keyed order[256];
    size_t count = 0;
    for (size_t i = 0; i < synthetic->users_count && count < sizeof order / sizeof *order; i++) {
        const struct synthetic_user *user = &synthetic->users[i];
        const struct request *request = request_of(synthetic, user);
        if (user->fate != fate)
            continue;
        int64_t key = sorting == BY_APPLIED ? user->applied
                      : sorting == BY_DONE  ? request->done
                                            : request->rank;
        order[count++] = (struct keyed){.key = key, .index = (uint32_t)i};
    }
    if (order_pairs(order, count))
        return 0;
    count = count < room ? count : room;
    for (size_t i = 0; i < count; i++)
        ret_users[i] = &synthetic->users[order[i].index];
    return count;
}

/* ---- over the limit ---- */

/* Somebody whose slot nobody was told of, and who was told no when he asked again: his excuse holds
 * only while the limit leaves room for him. */
static bool has_excused(const struct synthetic *synthetic)
{
    for (size_t i = 0; i < synthetic->users_count; i++)
        if (synthetic->users[i].fate == FATE_GHOST && synthetic->users[i].twice)
            return true;
    return false;
}

/* The next in line got one too: the gap of a check-then-act. */
static bool sell_one_more(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *next;
    if (!decided(synthetic) || !sort_users(synthetic, FATE_LOSER, BY_APPLIED, &next, 1) ||
        next->twice || has_excused(synthetic))
        return false;
    struct request *request = request_of(synthetic, next);
    answer(request, CLASS_ACCEPTED, CAUSE_NONE, 202);
    request_set_rank(request, maybe_of(synthetic->scenario.limit + 1));
    if (synthetic_add_row(synthetic, next->user, NULL) ||
        synthetic_add_record(synthetic, next->user, NULL))
        return false;
    synthetic->run.evidence.counter.after += synthetic->once_per_user;
    /* Ghosts hold slots without being counted as accepts: then the accepts alone may not be over.
     */
    if (synthetic->run.tally.accepted == synthetic->scenario.limit)
        expect_fail(expectations, "fcfs");
    if (synthetic->run.evidence.coupons.count > (size_t)synthetic->scenario.limit)
        expect_fail(expectations, "cap_safety");
    expect_user(expect_fail(expectations, "fcfs_rank"), next->user);
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "slots_burned");
    return observe(synthetic);
}

/* ---- fairness ---- */

/* The last winners came only after as many others had been turned away: last in, first out. */
static bool invert(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *losers[3], *winners[256];
    size_t pairs = 1 + rng_below(&synthetic->rng, 3);
    if (!decided(synthetic) || synthetic->shape != SYNTHETIC_WAVES)
        return false;
    size_t losers_count = sort_users(synthetic, FATE_LOSER, BY_DONE, losers, pairs);
    size_t winners_count = sort_users(synthetic, FATE_WINNER, BY_RANK, winners, 256);
    if (losers_count < pairs || winners_count < pairs)
        return false;
    ns_t released = request_of(synthetic, losers[pairs - 1])->done + 1;
    struct expected *fcfs = expect_fail(expectations, "fcfs");
    struct expected *distance = expect_fail(expectations, "fcfs_distance");
    expect_user(fcfs, losers[0]->user);
    for (size_t i = 0; i < pairs; i++) {
        const struct synthetic_user *winner = winners[winners_count - pairs + i];
        struct request *request = request_of(synthetic, winner);
        if (winner->twice)
            return false;
        request->planned = request->released = released + (ns_t)i * 2 * NS_PER_MS;
        request->done = request->first_byte = request->released + NS_PER_MS / 2;
        expect_user(distance, losers[i]->user);
    }
    return observe(synthetic);
}

/* The same, but the kernel may have sent a request before it was released. */
static bool invert_unsurely(struct synthetic *synthetic, struct expectations *expectations)
{
    if (!invert(synthetic, expectations))
        return false;
    synthetic->run.load[0].late_stamps = 1 + (int64_t)rng_below(&synthetic->rng, 5);
    for (size_t i = 0; i < expectations->count; i++)
        expectations->v[i].verdict = VERDICT_UNKNOWN;
    return true;
}

/* One fewer than the limit was sold, and yet people were turned away. */
static bool turn_away_early(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *winners[256], *first;
    bool open =
        synthetic->run.tally.failed || synthetic->run.tally.unknown || synthetic->once_per_user;
    if (!decided(synthetic) || open)
        return false;
    size_t count = sort_users(synthetic, FATE_WINNER, BY_RANK, winners, 256);
    struct synthetic_user *last = winners[count - 1];
    if (last->parked)
        return false;
    answer(request_of(synthetic, last), CLASS_REJECTED, CAUSE_NONE, 410);
    last->fate = FATE_LOSER;
    synthetic_remove_rows(synthetic, last->user);
    synthetic_remove_records(synthetic, last->user);
    sort_users(synthetic, FATE_LOSER, BY_DONE, &first, 1);
    expect_user(expect_fail(expectations, "fcfs"), first->user);
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "slots_burned");
    return observe(synthetic);
}

/* Two winners who came one after the other are told each other's rank. */
static bool swap_ranks(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *winners[256];
    size_t count = sort_users(synthetic, FATE_WINNER, BY_RANK, winners, 256);
    if (!decided(synthetic) || synthetic->shape != SYNTHETIC_WAVES || count < 2)
        return false;
    struct request *early = request_of(synthetic, winners[rng_below(&synthetic->rng, count / 2)]);
    struct request *late =
        request_of(synthetic, winners[count - 1 - rng_below(&synthetic->rng, count / 2)]);
    if (early->done >= late->released)
        return false;
    int64_t rank = early->rank;
    early->rank = late->rank;
    late->rank = rank;
    struct expected *victims = expect_fail(expectations, "fcfs_rank");
    for (size_t i = 0; i < count; i++) {
        const struct request *request = request_of(synthetic, winners[i]);
        if (request != late && request->rank > late->rank && request->done < late->released)
            expect_user(victims, winners[i]->user);
    }
    return observe(synthetic);
}

static bool share_rank(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *winners[256];
    size_t count = sort_users(synthetic, FATE_WINNER, BY_RANK, winners, 256);
    if (!decided(synthetic) || count < 2)
        return false;
    size_t i = rng_below(&synthetic->rng, count - 1);
    request_of(synthetic, winners[i + 1])->rank = request_of(synthetic, winners[i])->rank;
    /* Of equals, the one that was answered later is named, and the other beside it. */
    const struct synthetic_user *a = winners[i], *b = winners[i + 1];
    ns_t a_done = request_of(synthetic, a)->done, b_done = request_of(synthetic, b)->done;
    bool a_later = a_done > b_done || (a_done == b_done && a->user > b->user);
    expect_user(expect_fail(expectations, "fcfs_rank"), (a_later ? a : b)->user);
    return observe(synthetic);
}

/* Everything at once: no two decisions are ordered any more, so nothing is proved. */
static bool squeeze(struct synthetic *synthetic, struct expectations *expectations)
{
    if (!decided(synthetic) || synthetic->shape != SYNTHETIC_WAVES)
        return false;
    struct history *history = &synthetic->run.history;
    for (size_t i = 0; i < history->count; i++) {
        struct request *request = &history->v[i];
        request->planned = request->released = history->origin + (ns_t)i;
        request->done = history->origin + NS_PER_MS + (ns_t)i;
        request->first_byte = request->first_byte ? request->done : 0;
    }
    expect_unknown(expectations, "fcfs_power");
    return observe(synthetic);
}

/* ---- single answers ---- */

static bool answer_strangely(struct synthetic *synthetic, struct expectations *expectations)
{
    struct expected *classified = expect_fail(expectations, "response_classified");
    for (uint64_t i = 1 + rng_below(&synthetic->rng, 3); i > 0; i--) {
        struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
        if (!user)
            return false;
        user->fate = FATE_BROKEN;
        answer(request_of(synthetic, user), CLASS_FAILED, CAUSE_UNCLASSIFIED, 418);
        expect_user(classified, user->user);
    }
    return observe(synthetic);
}

static bool answer_errors(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
    if (!user)
        return false;
    answer(request_of(synthetic, user), CLASS_FAILED, CAUSE_SERVER_ERROR, 500);
    struct expected *errors = expect_fail(expectations, "errors");
    for (size_t i = 0; i < synthetic->run.history.count; i++) {
        const struct request *request = &synthetic->run.history.v[i];
        if (request->cls == CLASS_FAILED || request->cls == CLASS_UNKNOWN)
            expect_user(errors, request->user);
    }
    return observe(synthetic);
}

/* A ticket, and no poll ever told what became of it. */
static bool leave_undecided(struct synthetic *synthetic, struct expectations *expectations)
{
    static const struct spec_decide decide;
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
    struct history *history = &synthetic->run.history;
    struct err err;
    if (!user || history_decide(history, &err))
        return false;
    struct request *request = request_of(synthetic, user);
    synthetic->scenario.decide = (struct spec_decide *)(uintptr_t)&decide;
    user->fate = FATE_LIMBO;
    answer(request, CLASS_UNKNOWN, CAUSE_PENDING, 202);
    history->decided[request - history->v].pending = true;
    expect_user(expect_fail(expectations, "undecided"), request->user);
    return observe(synthetic);
}

static bool answer_slowly(struct synthetic *synthetic, struct expectations *expectations)
{
    struct synthetic_user *user = decided(synthetic) ? pick_user(synthetic, FATE_LOSER) : NULL;
    if (!user)
        return false;
    request_of(synthetic, user)->done += NS_PER_S;
    expect_fail(expectations, "latency");
    return observe(synthetic);
}

const struct mutation *mutations_answers(size_t *ret_count)
{
    static const struct mutation table[] = {
        {"one more than the limit", "cap_exact", sell_one_more},
        {"last in, first out", "fcfs_distance", invert},
        {"last in, first out, perhaps", "fcfs_distance", invert_unsurely},
        {"turned away before sold out", "fcfs", turn_away_early},
        {"ranks swapped", "fcfs_rank", swap_ranks},
        {"one rank told twice", "fcfs_rank", share_rank},
        {"all at once", "fcfs_power", squeeze},
        {"an answer that no rule knows", "response_classified", answer_strangely},
        {"one error more than allowed", "errors", answer_errors},
        {"a ticket that nobody decides", "undecided", leave_undecided},
        {"one slow answer", "latency", answer_slowly},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
