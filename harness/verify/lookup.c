/* Looking things up in a case: a user, its request that speaks for it, its rows, its decision. */
#include <stdlib.h>

#include "base/order.h"
#include "model/check.h"
#include "verify/stock.h"

static int64_t id_at(const struct case_file *facts, size_t place)
{
    return case_user_id(facts, &facts->users[place]);
}

/* Ids are mostly dense: a guess by interpolation then hits at once. */
static size_t guess(const struct case_file *facts, int64_t user)
{
    size_t last = facts->users_count - 1;
    double from = (double)id_at(facts, 0), to = (double)id_at(facts, last);
    double part = to > from ? ((double)user - from) / (to - from) : 0;
    return part < 0 || part > 1 ? 0 : (size_t)(part * (double)last + 0.5);
}

const struct case_user *case_find(const struct case_file *facts, int64_t user)
{
    size_t low = 0, high = facts->users_count;
    if (!high)
        return NULL;
    size_t hit = guess(facts, user);
    if (id_at(facts, hit) == user)
        return &facts->users[hit];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_at(facts, middle) < user)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < facts->users_count && id_at(facts, low) == user;
    return found ? &facts->users[low] : NULL;
}

int64_t case_missing(const struct case_file *facts)
{
    const struct spec_evidence *spec = &facts->run->scenario->evidence;
    int safe = SEEN_COUPON | SEEN_PARKED | (spec->pipeline && !spec->coupons ? SEEN_PRODUCED : 0);
    int64_t missing = 0, nameless = spec->coupons ? facts->saved : (int64_t)facts->produced.count;
    if (facts->ledger && spec->coupons && !facts->nameless)
        return ledger_missing(facts);
    if (facts->nameless)
        return facts->accepted > nameless ? facts->accepted - nameless : 0;
    for (size_t i = 0; i < facts->users_count; i++)
        missing += facts->users[i].decision == DECISION_ACCEPTED && !(facts->users[i].seen & safe);
    return missing;
}

int64_t case_awaited(const struct case_file *facts)
{
    return facts->ledger && facts->ledger->fates ? fates_awaited(facts) : facts->accepted;
}

bool case_unsettled(const struct case_file *facts)
{
    const struct ledger *ledger = facts->ledger;
    bool rows = ledger && ledger->rows_told && facts->known & NEEDS_COUPONS;
    bool stock = ledger && ledger->fates && facts->known & NEEDS_STOCK && !facts->parked.count &&
                 !facts->dead.count && (rows || stock_by_answers(facts));
    return case_missing(facts) || fates_surplus(facts) || (stock && !stock_adds_up(facts));
}

static const struct request *first_of(const struct case_file *facts, const struct case_user *user,
                                      enum request_class cls)
{
    for (uint32_t k = user[0].first; k < user[1].first; k++)
        if (case_request(facts, k)->cls == cls)
            return case_request(facts, k);
    return NULL;
}

const struct request *case_spokesman(const struct case_file *facts, const struct case_user *user)
{
    static const enum request_class order[] = {CLASS_ACCEPTED, CLASS_REJECTED, CLASS_UNKNOWN,
                                               CLASS_FAILED, CLASS_LIMITED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct request *request = first_of(facts, user, order[i]);
        if (request)
            return request;
    }
    return case_request(facts, user->first);
}

int64_t case_dealt(const struct case_file *facts, const struct case_list *list, size_t place)
{
    static const int64_t nobody =
        INT64_MAX - ((int64_t)1 << 40); /* those whom no user is left for */
    if (list == &facts->parked || list == &facts->dead)
        place += facts->coupons.count;
    if (list == &facts->dead)
        place += facts->parked.count;
    return place < facts->users_count ? id_at(facts, place) : nobody + (int64_t)place;
}

int64_t case_list_user(const struct case_list *list, const struct case_file *facts, size_t place)
{
    const struct evidence *evidence = &facts->run->evidence;
    if (facts->nameless)
        return case_dealt(facts, list, place);
    uint32_t index = list->order[place];
    if (list == &facts->coupons)
        return evidence->coupons.v[index].user;
    if (list == &facts->parked)
        return evidence->parked.v[index].user;
    return list == &facts->dead ? evidence->dead_letter.v[index].user
                                : evidence->produced.v[index].user;
}

size_t case_list_find(const struct case_list *list, const struct case_file *facts, int64_t user)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (case_list_user(list, facts, middle) < user)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < list->count && case_list_user(list, facts, low) == user;
    return found ? low : list->count;
}

void case_show(struct witness *witness, const struct request *request)
{
    witness->released = request->released;
    witness->done = request_answered(request) ? request->done : 0;
    witness->instance = (struct maybe){request->instance != 0, request->instance};
}

struct witness *case_witness(const struct case_file *facts, struct finding *finding,
                             const char *what, const struct case_user *user)
{
    struct witness *witness = finding_witness(finding, what);
    if (!witness)
        return NULL;
    const struct request *request = case_spokesman(facts, user);
    int64_t id = case_user_id(facts, user);
    witness->user = maybe_of(id);
    case_show(witness, request);
    size_t place = user->seen & SEEN_COUPON ? case_list_find(&facts->coupons, facts, id)
                                            : facts->coupons.count;
    if (place < facts->coupons.count)
        witness->row = maybe_of(facts->run->evidence.coupons.v[facts->coupons.order[place]].id);
    return witness;
}

/* ---- rows of before the run ---- */

int case_sort_before(const struct rows *before, struct keyed **ret_v)
{
    if (!before || !before->known || !before->count)
        return 0;
    struct keyed *v = malloc(before->count * sizeof *v);
    for (size_t i = 0; v && i < before->count; i++)
        v[i] = (struct keyed){.key = before->v[i].id, .index = (uint32_t)i};
    if (!v || order_pairs(v, before->count)) {
        free(v);
        return -(int)ERR_MEMORY;
    }
    *ret_v = v;
    return 0;
}

bool case_was_before(const struct rows *before, const struct keyed *by_id, const struct row *row)
{
    if (!by_id)
        return false;
    size_t low = 0, high = before->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_id[middle].key < row->id)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < before->count && by_id[low].key == row->id; low++)
        if (before->v[by_id[low].index].user == row->user)
            return true;
    return false;
}

/* ---- decisions for fairness ---- */

static inline bool has_bit(const uint8_t *bits, size_t i)
{
    return bits && bits[i / 8] >> i % 8 & 1;
}

/* May it have taken a slot? Not when it was told no, or never arrived. */
static bool may_take(const struct request *request)
{
    return request->cls != CLASS_REJECTED && request_reach(request) != REACH_NEVER;
}

static void read_accepts(const struct case_file *facts, const struct case_user *user,
                         struct fair_decision *decision)
{
    for (uint32_t k = user[0].first; k < user[1].first; k++) {
        const struct request *request = case_request(facts, k);
        if (!may_take(request))
            continue;
        ns_t released = history_released(facts->history, request);
        ns_t done = history_done(facts->history, request);
        if (!decision->open_released || released < decision->open_released)
            decision->open_released = released;
        if (request->cls != CLASS_ACCEPTED ||
            (decision->accepted && decision->accepted_done <= done))
            continue;
        decision->accepted = true;
        decision->accepted_done = done;
    }
    decision->accepted_released = decision->open_released;
}

/* The "no" that finished first decides: when one of his may have been served by then, the service
 * may have answered "you have one already" to this one and to all that finished later. */
static void read_rejections(const struct case_file *facts, const struct case_user *user,
                            struct fair_decision *decision)
{
    bool told = false;
    for (uint32_t k = user[0].first; k < user[1].first; k++) {
        const struct request *request = case_request(facts, k);
        ns_t done = history_done(facts->history, request);
        if (request->cls != CLASS_REJECTED || !request->released ||
            (told && decision->rejected_done <= done))
            continue;
        told = true;
        decision->rejected_released = history_released(facts->history, request);
        decision->rejected_done = done;
    }
    bool served = decision->open_released && decision->open_released <= decision->rejected_done;
    decision->rejected = told && !served;
    decision->excused = told && served && !decision->accepted;
}

/* The same for the one request of a user that asked once, which is nearly everybody. */
static void read_single(const struct history *history, const struct request *request,
                        struct fair_decision *decision)
{
    enum reach reach = request_reach(request);
    ns_t released = history_released(history, request), done = history_done(history, request);
    decision->accepted = request->cls == CLASS_ACCEPTED && reach == REACH_CERTAIN;
    decision->rejected = request->cls == CLASS_REJECTED && reach == REACH_CERTAIN;
    decision->accepted_released = decision->rejected_released = released;
    decision->accepted_done = decision->rejected_done = done;
    decision->open_released = may_take(request) ? released : 0;
    decision->requests = 1;
}

static const struct case_user *owner_of(const struct case_file *facts, size_t i)
{
    return case_find(facts, facts->history->v[i].user);
}

static void read_decision(const void *context, size_t i, struct fair_decision *ret_decision)
{
    const struct case_file *facts = context;
    *ret_decision = (struct fair_decision){0};
    if (has_bit(facts->later, i))
        return;
    if (!has_bit(facts->first_of_many, i)) {
        read_single(facts->history, &facts->history->v[i], ret_decision);
        return;
    }
    const struct case_user *user = owner_of(facts, i);
    ret_decision->requests = user[1].first - user[0].first;
    read_accepts(facts, user, ret_decision);
    read_rejections(facts, user, ret_decision);
}

static bool took_by(const struct history *history, const struct request *request, ns_t instant)
{
    return may_take(request) && history_released(history, request) <= instant;
}

static int64_t count_taken(const void *context, size_t i, ns_t instant)
{
    const struct case_file *facts = context;
    int64_t taken = 0;
    if (has_bit(facts->later, i))
        return 0;
    if (!has_bit(facts->first_of_many, i))
        return took_by(facts->history, &facts->history->v[i], instant);
    const struct case_user *user = owner_of(facts, i);
    for (uint32_t k = user[0].first; k < user[1].first; k++)
        taken += took_by(facts->history, case_request(facts, k), instant);
    return taken;
}

static size_t find_request(const void *context, size_t i, size_t k)
{
    const struct case_file *facts = context;
    if (!has_bit(facts->first_of_many, i))
        return i;
    size_t place = owner_of(facts, i)->first + k;
    return facts->order ? facts->order[place] : place;
}

static void read_answer(const void *context, size_t i, struct fair_answer *ret_answer)
{
    const struct history *history = ((const struct case_file *)context)->history;
    const struct request *request = &history->v[i];
    bool told = request->cls == CLASS_ACCEPTED && request->released && request->ranked;
    *ret_answer = (struct fair_answer){.who = request->user,
                                       .released = history_released(history, request),
                                       .done = history_done(history, request),
                                       .rank = {told, request->rank}};
}

const struct fair_source case_fairness = {read_decision, count_taken, find_request, read_answer};
