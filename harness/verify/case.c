#include "verify/case.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "verify/checks.h"
#include "verify/order.h"

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
        return request->cause == CAUSE_REFUSED || request->cause == CAUSE_CONNECT ? REACH_NEVER
                                                                                  : REACH_MAYBE;
    default:
        return REACH_NEVER;
    }
}

/* ---- requests by user ---- */

/* Counts the users while it looks whether the history is in their order already. */
static bool in_user_order(struct case_file *facts)
{
    const struct history *history = facts->history;
    facts->users_count = history->count > 0;
    for (size_t i = 1; i < history->count; i++) {
        if (history->v[i].user < history->v[i - 1].user)
            return false;
        facts->users_count += history->v[i].user != history->v[i - 1].user;
    }
    return true;
}

static int order_requests(struct case_file *facts)
{
    size_t count = facts->history->count;
    if (in_user_order(facts))
        return 0;
    _cleanup_free_ struct keyed *v = malloc(count * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        v[i] = (struct keyed){facts->history->v[i].user, (uint32_t)i};
    if (order_pairs(v, count))
        return -(int)ERR_MEMORY;
    facts->order = malloc(count * sizeof *facts->order);
    if (!facts->order)
        return -(int)ERR_MEMORY;
    facts->users_count = 0;
    for (size_t i = 0; i < count; i++) {
        facts->order[i] = v[i].index;
        facts->users_count += i == 0 || v[i].key != v[i - 1].key;
    }
    return 0;
}

/* A decision of one request, and how decisions of the same user merge: the greater one wins. */
static enum decision merged(enum decision before, const struct request *request)
{
    static const uint8_t weights[] = {[DECISION_NONE] = 0,
                                      [DECISION_REJECTED] = 1,
                                      [DECISION_UNKNOWN] = 2,
                                      [DECISION_ACCEPTED] = 3};
    enum decision now = DECISION_NONE;
    if (request_reach(request) != REACH_NEVER)
        now = request->cls == CLASS_ACCEPTED   ? DECISION_ACCEPTED
              : request->cls == CLASS_REJECTED ? DECISION_REJECTED
                                               : DECISION_UNKNOWN;
    return weights[now] > weights[before] ? now : before;
}

static void count_request(struct case_file *facts, const struct request *request)
{
    enum reach reach = request_reach(request);
    facts->requests_certain += reach == REACH_CERTAIN;
    facts->requests_maybe += reach == REACH_MAYBE;
    facts->requests_accepted += request->cls == CLASS_ACCEPTED;
    facts->requests_rejected += request->cls == CLASS_REJECTED;
}

static void count_user(struct case_file *facts, const struct case_user *user)
{
    facts->accepted += user->decision == DECISION_ACCEPTED;
    facts->rejected += user->decision == DECISION_REJECTED;
    facts->tried_certain += user->certain;
    facts->tried_maybe += !user->certain && user->decision != DECISION_NONE;
    facts->twice += user[1].first - user[0].first > 1;
}

static int gather_users(struct case_file *facts)
{
    size_t count = facts->history->count, users = facts->users_count;
    facts->users = calloc(users + 1, sizeof *facts->users);
    if (!facts->users)
        return -(int)ERR_MEMORY;
    struct case_user *user = facts->users;
    for (size_t k = 0; k < count; k++) {
        const struct request *request = case_request(facts, k);
        if (k == 0 || request->user != user->user) {
            user += k > 0;
            user->user = request->user;
            user->first = (uint32_t)k;
        }
        user->decision = (uint8_t)merged(user->decision, request);
        user->certain |= request_reach(request) == REACH_CERTAIN;
        count_request(facts, request);
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
    if (!facts->twice)
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

/* ---- rows and records by user ---- */

/* Marks the users of a list, and counts what does not fit. Both sides are in the order of users. */
static void join(struct case_file *facts, struct case_list *list, const struct keyed *v,
                 enum seen once, enum seen twice)
{
    struct case_user *user = facts->users, *end = facts->users + facts->users_count;
    for (size_t i = 0; i < list->count; i++) {
        while (user < end && user->user < v[i].key)
            user++;
        bool known = user < end && user->user == v[i].key && user->decision != DECISION_NONE;
        bool again = i > 0 && v[i - 1].key == v[i].key;
        list->distinct += !again;
        list->repeats += again;
        list->strangers += !known;
        if (user < end && user->user == v[i].key)
            user->seen |= (uint8_t)(again ? once | twice : once);
    }
}

/* Takes over v, whose first list->count entries are filled. */
static int join_sorted(struct case_file *facts, struct case_list *list, struct keyed *v,
                       enum seen once, enum seen twice)
{
    if (order_pairs(v, list->count))
        return -(int)ERR_MEMORY;
    list->order = malloc((list->count + 1) * sizeof *list->order);
    if (!list->order)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < list->count; i++)
        list->order[i] = v[i].index;
    join(facts, list, v, once, twice);
    return 0;
}

static int join_rows(struct case_file *facts, const struct rows *rows, struct case_list *list,
                     enum seen once, enum seen twice)
{
    _cleanup_free_ struct keyed *v = malloc((rows->count + 1) * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < rows->count; i++)
        v[list->count++] = (struct keyed){rows->v[i].user, (uint32_t)i};
    return join_sorted(facts, list, v, once, twice);
}

static int join_produced(struct case_file *facts, const struct produced *produced,
                         struct case_list *list, enum seen once, enum seen twice)
{
    _cleanup_free_ struct keyed *v = malloc((produced->count + 1) * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < produced->count; i++) {
        if (produced->v[i].decoded)
            v[list->count++] = (struct keyed){produced->v[i].user, (uint32_t)i};
        else
            list->undecoded++;
    }
    return join_sorted(facts, list, v, once, twice);
}

/* ---- the whole ---- */

/* Distinct users with a coupon or parked, strangers included: a merge of three ordered lists. */
static int64_t count_saved(const struct case_file *facts)
{
    const struct case_list *lists[] = {&facts->coupons, &facts->parked, &facts->dead};
    if (!facts->parked.count && !facts->dead.count)
        return (int64_t)facts->coupons.distinct;
    size_t at[3] = {0};
    int64_t saved = 0;
    for (;;) {
        bool any = false;
        int64_t least = INT64_MAX;
        for (int l = 0; l < 3; l++) {
            if (at[l] == lists[l]->count)
                continue;
            int64_t user = case_list_user(lists[l], facts, at[l]);
            least = !any || user < least ? user : least;
            any = true;
        }
        if (!any)
            return saved;
        saved++;
        for (int l = 0; l < 3; l++)
            while (at[l] < lists[l]->count && case_list_user(lists[l], facts, at[l]) == least)
                at[l]++;
    }
}

static bool is_quiet(enum drain_outcome outcome)
{
    return outcome == DRAIN_DRAINED || outcome == DRAIN_DRAINED_LOSSY ||
           outcome == DRAIN_QUIET_ONLY;
}

/* An engine starts its stack before anything else, and an archive keeps when. */
static bool is_foreign(const struct run *run)
{
    return run->drain.outcome == DRAIN_NOT_RUN && !run->phases[PHASE_STACK].started &&
           !run->phases[PHASE_PREFLIGHT].started;
}

/* Samples of a run that names no store hold nothing. */
static bool has_readings(const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        if (sample->rows != COUNT_UNKNOWN || sample->counter != COUNT_UNKNOWN ||
            sample->partitions_count)
            return true;
    }
    return false;
}

static unsigned evidence_known(const struct case_file *facts)
{
    const struct evidence *evidence = &facts->run->evidence;
    bool decisions = facts->run->scenario->responses.accepted_count > 0;
    for (size_t i = 0; i < facts->history->count && !decisions; i++)
        decisions = facts->history->v[i].cls == CLASS_ACCEPTED ||
                    facts->history->v[i].cls == CLASS_REJECTED;
    return (evidence->coupons.known ? NEEDS_COUPONS : 0U) |
           (evidence->parked.known || evidence->dead_letter.known ? NEEDS_PARKED : 0U) |
           (evidence->counter.known ? NEEDS_COUNTER : 0U) |
           (evidence->produced.known ? NEEDS_PRODUCED : 0U) |
           (has_readings(&facts->run->timeline) ? NEEDS_TIMELINE : 0U) |
           (decisions ? NEEDS_DECISIONS : 0U) |
           (facts->run->bystander_count ? NEEDS_BYSTANDER : 0U);
}

/* What is known counts as promised. A history from elsewhere promises nothing beyond itself. */
static unsigned evidence_given(const struct case_file *facts)
{
    if (facts->foreign)
        return facts->known;
    const struct scenario *scenario = facts->run->scenario;
    const struct spec_evidence *evidence = &scenario->evidence;
    bool dead_letter = evidence->pipeline && evidence->pipeline->dead_letter;
    return facts->known | (evidence->coupons ? NEEDS_COUPONS | NEEDS_TIMELINE : 0U) |
           (evidence->parked || dead_letter ? NEEDS_PARKED : 0U) |
           (evidence->counter ? NEEDS_COUNTER : 0U) | (evidence->pipeline ? NEEDS_PRODUCED : 0U) |
           (scenario->bystander ? NEEDS_BYSTANDER : 0U);
}

static int build(struct case_file *facts)
{
    const struct evidence *evidence = &facts->run->evidence;
    int rc = order_requests(facts);
    if (!rc)
        rc = gather_users(facts);
    if (!rc)
        rc = mark_repeated(facts);
    if (!rc)
        rc = join_rows(facts, &evidence->coupons, &facts->coupons, SEEN_COUPON, SEEN_COUPON_TWICE);
    if (!rc)
        rc = join_rows(facts, &evidence->parked, &facts->parked, SEEN_PARKED, SEEN_PARKED_TWICE);
    if (!rc)
        rc = join_produced(facts, &evidence->dead_letter, &facts->dead, SEEN_PARKED,
                           SEEN_PARKED_TWICE);
    if (!rc)
        rc = join_produced(facts, &evidence->produced, &facts->produced, SEEN_PRODUCED,
                           SEEN_PRODUCED_TWICE);
    return rc;
}

int case_build(const struct run *run, struct case_file *ret_facts, struct err *err)
{
    bool foreign = is_foreign(run), patient = run->scenario->wait == WAIT_DRAINED;
    struct case_file facts = {
        .run = run,
        .history = &run->history,
        .limit = run->scenario->limit,
        .foreign = foreign,
        .early = !patient && !foreign,
        .final = foreign || (patient && is_quiet(run->drain.outcome)),
    };
    if (build(&facts)) {
        case_free(&facts);
        return err_set(err, ERR_MEMORY, "no room to join %zu requests", run->history.count);
    }
    facts.known = evidence_known(&facts);
    facts.given = evidence_given(&facts);
    facts.saved = count_saved(&facts);
    *ret_facts = facts;
    fair_view_init(&ret_facts->fair, ret_facts, run->history.count, facts.limit,
                   case_read_decision);
    return 0;
}

void case_free(struct case_file *facts)
{
    free(facts->order);
    free(facts->users);
    free(facts->first_of_many);
    free(facts->later);
    free(facts->coupons.order);
    free(facts->parked.order);
    free(facts->dead.order);
    free(facts->produced.order);
    *facts = (struct case_file){0};
}
