/* Looking things up in a case: a user, its request that speaks for it, its rows, its decision. */
#include "verify/case.h"

/* Ids are mostly dense: a guess by interpolation then hits at once. */
static size_t guess(const struct case_file *facts, int64_t user)
{
    size_t last = facts->users_count - 1;
    double from = (double)facts->users[0].user, to = (double)facts->users[last].user;
    double part = to > from ? ((double)user - from) / (to - from) : 0;
    return part < 0 || part > 1 ? 0 : (size_t)(part * (double)last + 0.5);
}

const struct case_user *case_find(const struct case_file *facts, int64_t user)
{
    size_t low = 0, high = facts->users_count;
    if (!high)
        return NULL;
    size_t hit = guess(facts, user);
    if (facts->users[hit].user == user)
        return &facts->users[hit];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (facts->users[middle].user < user)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < facts->users_count && facts->users[low].user == user;
    return found ? &facts->users[low] : NULL;
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
                                               CLASS_FAILED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct request *request = first_of(facts, user, order[i]);
        if (request)
            return request;
    }
    return case_request(facts, user->first);
}

int64_t case_list_user(const struct case_list *list, const struct case_file *facts, size_t place)
{
    const struct evidence *evidence = &facts->run->evidence;
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

struct witness *case_witness(const struct case_file *facts, struct finding *finding,
                             const char *what, const struct case_user *user)
{
    struct witness *witness = finding_witness(finding, what);
    if (!witness)
        return NULL;
    const struct request *request = case_spokesman(facts, user);
    witness->user = maybe_of(user->user);
    witness->released = request->released;
    witness->done = request_answered(request) ? request->done : 0;
    size_t place = user->seen & SEEN_COUPON ? case_list_find(&facts->coupons, facts, user->user)
                                            : facts->coupons.count;
    if (place < facts->coupons.count)
        witness->row = maybe_of(facts->run->evidence.coupons.v[facts->coupons.order[place]].id);
    return witness;
}

/* ---- decisions for fairness ---- */

static ns_t earlier(ns_t a, ns_t b)
{
    return !a || b < a ? b : a;
}

/* The interval in which the user's slot was taken: it may have been by any of its requests that was
 * not told no, and it was before the first yes came back. Further ones may have taken slots of
 * their own. */
static void read_slots(const struct case_file *facts, const struct case_user *user,
                       struct fair_decision *decision)
{
    ns_t released = 0;
    for (uint32_t k = user[0].first; k < user[1].first; k++) {
        const struct request *request = case_request(facts, k);
        if (request->cls == CLASS_REJECTED || request_reach(request) == REACH_NEVER)
            continue;
        released = earlier(released, request->released);
        decision->open++;
        if (request->cls != CLASS_ACCEPTED ||
            (decision->accepted && decision->accepted_done <= request->done))
            continue;
        decision->accepted = true;
        decision->accepted_done = request->done;
        decision->rank = (struct maybe){request->ranked, request->rank};
    }
    decision->open -= decision->accepted;
    decision->open_released = decision->accepted_released = released;
}

/* A "no" counts only when nothing of the user was on its way that may have been served: the service
 * may have answered "you have one already". */
static void read_rejection(const struct case_file *facts, const struct case_user *user,
                           struct fair_decision *decision)
{
    for (uint32_t k = user[0].first; k < user[1].first; k++) {
        const struct request *request = case_request(facts, k);
        bool served = decision->open_released && decision->open_released <= request->done;
        if (request->cls != CLASS_REJECTED || !request->released || served)
            continue;
        if (decision->rejected && decision->rejected_done <= request->done)
            continue;
        decision->rejected = true;
        decision->rejected_released = request->released;
        decision->rejected_done = request->done;
    }
}

/* The same for the one request of a user that asked once, which is nearly everybody. */
static void read_single(const struct request *request, struct fair_decision *decision)
{
    enum reach reach = request_reach(request);
    decision->accepted = request->cls == CLASS_ACCEPTED && reach == REACH_CERTAIN;
    decision->rejected = request->cls == CLASS_REJECTED && reach == REACH_CERTAIN;
    decision->open = reach != REACH_NEVER && !decision->accepted && !decision->rejected;
    decision->accepted_released = decision->rejected_released = request->released;
    decision->accepted_done = decision->rejected_done = request->done;
    decision->open_released = request->released;
    decision->rank = (struct maybe){request->ranked, request->rank};
}

static inline bool has_bit(const uint8_t *bits, size_t i)
{
    return bits && bits[i / 8] >> i % 8 & 1;
}

void case_read_decision(const void *context, size_t i, struct fair_decision *ret_decision)
{
    const struct case_file *facts = context;
    *ret_decision = (struct fair_decision){0};
    if (has_bit(facts->later, i))
        return;
    if (!has_bit(facts->first_of_many, i)) {
        read_single(&facts->history->v[i], ret_decision);
        return;
    }
    const struct case_user *user = case_find(facts, facts->history->v[i].user);
    read_slots(facts, user, ret_decision);
    read_rejection(facts, user, ret_decision);
}
