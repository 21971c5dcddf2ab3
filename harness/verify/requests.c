/* The requests of a case in the order of their users, and what they decided. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "verify/case.h"

static bool is_unreached(uint8_t cause)
{
    return cause == CAUSE_REFUSED || cause == CAUSE_CONNECT || cause == CAUSE_UNPROCESSED;
}

enum reach request_reach(const struct request *request)
{
    if (!request->released)
        return REACH_NEVER;
    switch (request->cls) {
    case CLASS_ACCEPTED:
    case CLASS_REJECTED:
        return REACH_CERTAIN;
    case CLASS_UNKNOWN:
        return request->cause == CAUSE_UNDECIDED ? REACH_CERTAIN : REACH_MAYBE;
    case CLASS_FAILED:
        return is_unreached(request->cause) ? REACH_NEVER : REACH_MAYBE;
    default:
        return REACH_NEVER;
    }
}

/* What a user needs to know of a request, small enough to travel through the sort with it. */
#define NOTE_DECISION 7U
#define NOTE_CERTAIN  8U

static uint32_t note_of(const struct request *request)
{
    enum reach reach = request_reach(request);
    if (request->cls == CLASS_LIMITED)
        return DECISION_LIMITED;
    if (reach == REACH_NEVER)
        return DECISION_NONE;
    uint32_t certain = reach == REACH_CERTAIN ? NOTE_CERTAIN : 0;
    if (request->cls == CLASS_ACCEPTED)
        return DECISION_ACCEPTED | certain;
    return (request->cls == CLASS_REJECTED ? DECISION_REJECTED : DECISION_UNKNOWN) | certain;
}

static struct keyed keyed_of(const struct request *request, size_t i)
{
    return (struct keyed){.key = request->user, .index = (uint32_t)i, .note = note_of(request)};
}

static void count_causes(struct case_file *facts, const struct request *request)
{
    if (request->cls == CLASS_FAILED || request->cls == CLASS_UNKNOWN)
        facts->causes[request->cause < CAUSE_COUNT ? request->cause : CAUSE_OTHER]++;
}

static void count_request(struct case_file *facts, const struct request *request)
{
    enum reach reach = request_reach(request);
    facts->sent += request->released != 0;
    facts->answered += request_answered(request);
    facts->requests_certain += reach == REACH_CERTAIN;
    facts->requests_maybe += reach == REACH_MAYBE;
    facts->requests_accepted += request->cls == CLASS_ACCEPTED;
    facts->requests_rejected += request->cls == CLASS_REJECTED;
    count_causes(facts, request);
}

/* Counts, and tells whether the requests are in the order of their users already. */
static bool survey(struct case_file *facts)
{
    const struct history *history = facts->history;
    bool ordered = true;
    for (size_t i = 0; i < history->count; i++) {
        if (i % facts->lines == 0)
            count_request(facts, &history->v[i]);
        ordered &= i == 0 || history->v[i].user >= history->v[i - 1].user;
    }
    for (size_t i = 0; i < facts->run->actions.count; i++)
        count_causes(facts, &facts->run->actions.v[i]);
    return ordered;
}

/* The requests in order: NULL in *ret_v when they are already. The caller frees. */
static int sort_requests(struct case_file *facts, struct keyed **ret_v)
{
    const struct history *history = facts->history;
    if (survey(facts)) {
        *ret_v = NULL;
        return 0;
    }
    _cleanup_free_ struct keyed *v = malloc(history->count * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < history->count; i++)
        v[i] = keyed_of(&history->v[i], i);
    if (order_pairs(v, history->count))
        return -(int)ERR_MEMORY;
    facts->order = malloc(history->count * sizeof *facts->order);
    if (!facts->order)
        return -(int)ERR_MEMORY;
    for (size_t k = 0; k < history->count; k++)
        facts->order[k] = v[k].index;
    *ret_v = TAKE(v);
    return 0;
}

static inline struct keyed keyed_at(const struct case_file *facts, const struct keyed *v, size_t k)
{
    return v ? v[k] : keyed_of(&facts->history->v[k], k);
}

static size_t count_users(const struct case_file *facts, const struct keyed *v)
{
    size_t users = 0;
    int64_t before = 0;
    for (size_t k = 0; k < facts->history->count; k++) {
        int64_t user = v ? v[k].key : facts->history->v[k].user;
        users += k == 0 || user != before;
        before = user;
    }
    return users;
}

static void count_user(struct case_file *facts, const struct case_user *user)
{
    facts->accepted += user->decision == DECISION_ACCEPTED;
    facts->rejected += user->decision == DECISION_REJECTED;
    facts->limited += user->decision == DECISION_LIMITED;
    facts->undecided += user->decision == DECISION_UNKNOWN;
    facts->tried_certain += user->certain;
    facts->tried_maybe += !user->certain && user->decision > DECISION_LIMITED;
    facts->twice += case_requests(facts, user) > 1;
}

static int gather_users(struct case_file *facts, const struct keyed *v)
{
    size_t count = facts->history->count, users = count_users(facts, v);
    facts->users = calloc(users + 1, sizeof *facts->users);
    facts->ids = facts->order ? malloc((users + 1) * sizeof *facts->ids) : NULL;
    if (!facts->users || (facts->order && !facts->ids))
        return -(int)ERR_MEMORY;
    facts->users_count = users;
    struct case_user *user = facts->users;
    int64_t before = 0;
    for (size_t k = 0; k < count; k++) {
        struct keyed request = keyed_at(facts, v, k);
        if (k == 0 || request.key != before) {
            user += k > 0;
            user->first = (uint32_t)k;
            if (facts->ids)
                facts->ids[user - facts->users] = request.key;
        }
        before = request.key;
        uint8_t decision = (uint8_t)(request.note & NOTE_DECISION);
        user->decision = decision > user->decision ? decision : user->decision;
        user->certain |= (request.note & NOTE_CERTAIN) != 0;
    }
    facts->users[users].first = (uint32_t)count;
    for (size_t i = 0; i < users; i++)
        count_user(facts, &facts->users[i]);
    return 0;
}

static void set_bit(uint8_t *bits, size_t i)
{
    bits[i / 8] |= (uint8_t)(1U << i % 8);
}

/* Marks the requests of users that asked more than once: the first of each is where their decision
 * is read, and has to be put together. */
static int mark_repeated(struct case_file *facts)
{
    size_t bytes = facts->history->count / 8 + 1;
    if (!facts->twice && facts->lines == 1)
        return 0;
    facts->first_of_many = calloc(bytes, 1);
    facts->later = calloc(bytes, 1);
    if (!facts->first_of_many || !facts->later)
        return -(int)ERR_MEMORY;
    for (size_t u = 0; u < facts->users_count; u++) {
        uint32_t first = facts->users[u].first, end = facts->users[u + 1].first;
        if (end - first > 1)
            set_bit(facts->first_of_many, facts->order ? facts->order[first] : first);
        for (uint32_t k = first + 1; k < end; k++)
            set_bit(facts->later, facts->order ? facts->order[k] : k);
    }
    return 0;
}

int case_order_requests(struct case_file *facts)
{
    _cleanup_free_ struct keyed *v = NULL;
    int rc = sort_requests(facts, &v);
    if (!rc)
        rc = gather_users(facts, v);
    return rc ? rc : mark_repeated(facts);
}
