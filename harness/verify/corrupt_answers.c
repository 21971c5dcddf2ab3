/* Corruptions of the answers: who was told what, and when. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/corrupt.h"
#include "verify/order.h"

static bool decided(const struct plant *plant)
{
    return plant->sold_out && !plant->undecided;
}

static bool observe(struct plant *plant)
{
    return plant_observe(plant, NULL) == 0;
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
static size_t sort_users(struct plant *plant, enum fate fate, enum sorting sorting,
                         struct plant_user **ret_users, size_t room)
{
    struct keyed order[256];
    size_t count = 0;
    for (size_t i = 0; i < plant->users_count && count < sizeof order / sizeof *order; i++) {
        const struct plant_user *user = &plant->users[i];
        const struct request *request = request_of(plant, user);
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
        ret_users[i] = &plant->users[order[i].index];
    return count;
}

/* ---- over the limit ---- */

/* Somebody whose slot nobody was told of, and who was told no when he asked again: his excuse holds
 * only while the limit leaves room for him. */
static bool has_excused(const struct plant *plant)
{
    for (size_t i = 0; i < plant->users_count; i++)
        if (plant->users[i].fate == FATE_GHOST && plant->users[i].twice)
            return true;
    return false;
}

/* The next in line got one too: the gap of a check-then-act. */
static bool sell_one_more(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *next;
    if (!decided(plant) || !sort_users(plant, FATE_LOSER, BY_APPLIED, &next, 1) || next->twice ||
        has_excused(plant))
        return false;
    struct request *request = request_of(plant, next);
    answer(request, CLASS_ACCEPTED, CAUSE_NONE, 202);
    request_set_rank(request, maybe_of(plant->scenario.limit + 1));
    if (plant_add_row(plant, next->user, NULL) || plant_add_record(plant, next->user, NULL))
        return false;
    plant->run.evidence.counter.after += plant->once_per_user;
    /* Ghosts hold slots without being counted as accepts: then the accepts alone may not be over.
     */
    if (plant->run.tally.accepted == plant->scenario.limit)
        expect_fail(expectations, "fcfs");
    if (plant->run.evidence.coupons.count > (size_t)plant->scenario.limit)
        expect_fail(expectations, "cap_safety");
    expect_user(expect_fail(expectations, "fcfs_rank"), next->user);
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "slots_burned");
    return observe(plant);
}

/* ---- fairness ---- */

/* The last winners came only after as many others had been turned away: last in, first out. */
static bool invert(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *losers[3], *winners[256];
    size_t pairs = 1 + rng_below(&plant->rng, 3);
    if (!decided(plant) || plant->shape != PLANT_WAVES)
        return false;
    size_t losers_count = sort_users(plant, FATE_LOSER, BY_DONE, losers, pairs);
    size_t winners_count = sort_users(plant, FATE_WINNER, BY_RANK, winners, 256);
    if (losers_count < pairs || winners_count < pairs)
        return false;
    ns_t released = request_of(plant, losers[pairs - 1])->done + 1;
    struct expected *fcfs = expect_fail(expectations, "fcfs");
    struct expected *distance = expect_fail(expectations, "fcfs_distance");
    expect_user(fcfs, losers[0]->user);
    for (size_t i = 0; i < pairs; i++) {
        const struct plant_user *winner = winners[winners_count - pairs + i];
        struct request *request = request_of(plant, winner);
        if (winner->twice)
            return false;
        request->planned = request->released = released + (ns_t)i * 2 * NS_PER_MS;
        request->done = request->first_byte = request->released + NS_PER_MS / 2;
        expect_user(distance, losers[i]->user);
    }
    return observe(plant);
}

/* The same, but the kernel may have sent a request before it was released. */
static bool invert_unsurely(struct plant *plant, struct expectations *expectations)
{
    if (!invert(plant, expectations))
        return false;
    plant->run.load[0].late_stamps = 1 + (int64_t)rng_below(&plant->rng, 5);
    for (size_t i = 0; i < expectations->count; i++)
        expectations->v[i].verdict = VERDICT_UNKNOWN;
    return true;
}

/* One fewer than the limit was sold, and yet people were turned away. */
static bool turn_away_early(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *winners[256], *first;
    bool open = plant->run.tally.failed || plant->run.tally.unknown || plant->once_per_user;
    if (!decided(plant) || open)
        return false;
    size_t count = sort_users(plant, FATE_WINNER, BY_RANK, winners, 256);
    struct plant_user *last = winners[count - 1];
    if (last->parked)
        return false;
    answer(request_of(plant, last), CLASS_REJECTED, CAUSE_NONE, 410);
    last->fate = FATE_LOSER;
    plant_remove_rows(plant, last->user);
    plant_remove_records(plant, last->user);
    sort_users(plant, FATE_LOSER, BY_DONE, &first, 1);
    expect_user(expect_fail(expectations, "fcfs"), first->user);
    expect_fail(expectations, "cap_exact");
    expect_fail(expectations, "slots_burned");
    return observe(plant);
}

/* Two winners who came one after the other are told each other's rank. */
static bool swap_ranks(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *winners[256];
    size_t count = sort_users(plant, FATE_WINNER, BY_RANK, winners, 256);
    if (!decided(plant) || plant->shape != PLANT_WAVES || count < 2)
        return false;
    struct request *early = request_of(plant, winners[rng_below(&plant->rng, count / 2)]);
    struct request *late =
        request_of(plant, winners[count - 1 - rng_below(&plant->rng, count / 2)]);
    if (early->done >= late->released)
        return false;
    int64_t rank = early->rank;
    early->rank = late->rank;
    late->rank = rank;
    struct expected *victims = expect_fail(expectations, "fcfs_rank");
    for (size_t i = 0; i < count; i++) {
        const struct request *request = request_of(plant, winners[i]);
        if (request != late && request->rank > late->rank && request->done < late->released)
            expect_user(victims, winners[i]->user);
    }
    return observe(plant);
}

static bool share_rank(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *winners[256];
    size_t count = sort_users(plant, FATE_WINNER, BY_RANK, winners, 256);
    if (!decided(plant) || count < 2)
        return false;
    size_t i = rng_below(&plant->rng, count - 1);
    request_of(plant, winners[i + 1])->rank = request_of(plant, winners[i])->rank;
    /* Of equals, the one that was answered later is named, and the other beside it. */
    const struct plant_user *a = winners[i], *b = winners[i + 1];
    ns_t a_done = request_of(plant, a)->done, b_done = request_of(plant, b)->done;
    bool a_later = a_done > b_done || (a_done == b_done && a->user > b->user);
    expect_user(expect_fail(expectations, "fcfs_rank"), (a_later ? a : b)->user);
    return observe(plant);
}

/* Everything at once: no two decisions are ordered any more, so nothing is proved. */
static bool squeeze(struct plant *plant, struct expectations *expectations)
{
    if (!decided(plant) || plant->shape != PLANT_WAVES)
        return false;
    struct history *history = &plant->run.history;
    for (size_t i = 0; i < history->count; i++) {
        struct request *request = &history->v[i];
        request->planned = request->released = history->origin + (ns_t)i;
        request->done = history->origin + NS_PER_MS + (ns_t)i;
        request->first_byte = request->first_byte ? request->done : 0;
    }
    expect_unknown(expectations, "fcfs_power");
    return observe(plant);
}

/* ---- single answers ---- */

static bool answer_strangely(struct plant *plant, struct expectations *expectations)
{
    struct expected *classified = expect_fail(expectations, "response_classified");
    for (uint64_t i = 1 + rng_below(&plant->rng, 3); i > 0; i--) {
        struct plant_user *user = decided(plant) ? pick_user(plant, FATE_LOSER) : NULL;
        if (!user)
            return false;
        user->fate = FATE_BROKEN;
        answer(request_of(plant, user), CLASS_FAILED, CAUSE_UNCLASSIFIED, 418);
        expect_user(classified, user->user);
    }
    return observe(plant);
}

static bool answer_errors(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_user(plant, FATE_LOSER) : NULL;
    if (!user)
        return false;
    answer(request_of(plant, user), CLASS_FAILED, CAUSE_SERVER_ERROR, 500);
    struct expected *errors = expect_fail(expectations, "errors");
    for (size_t i = 0; i < plant->run.history.count; i++) {
        const struct request *request = &plant->run.history.v[i];
        if (request->cls == CLASS_FAILED || request->cls == CLASS_UNKNOWN)
            expect_user(errors, request->user);
    }
    return observe(plant);
}

static bool answer_slowly(struct plant *plant, struct expectations *expectations)
{
    struct plant_user *user = decided(plant) ? pick_user(plant, FATE_LOSER) : NULL;
    if (!user)
        return false;
    request_of(plant, user)->done += NS_PER_S;
    expect_fail(expectations, "latency");
    return observe(plant);
}

const struct corruption *corruptions_answers(size_t *ret_count)
{
    static const struct corruption table[] = {
        {"one more than the limit", "cap_exact", sell_one_more},
        {"last in, first out", "fcfs_distance", invert},
        {"last in, first out, perhaps", "fcfs_distance", invert_unsurely},
        {"turned away before sold out", "fcfs", turn_away_early},
        {"ranks swapped", "fcfs_rank", swap_ranks},
        {"one rank told twice", "fcfs_rank", share_rank},
        {"all at once", "fcfs_power", squeeze},
        {"an answer that no rule knows", "response_classified", answer_strangely},
        {"one error more than allowed", "errors", answer_errors},
        {"one slow answer", "latency", answer_slowly},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
