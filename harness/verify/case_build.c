#include "verify/case.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "verify/checks.h"
#include "verify/ledger.h"
#include "verify/sources.h"

/* ---- rows and records by user ---- */

/* Marks the users of a list, and counts what does not fit. Both sides are in the order of users. */
static void join(struct case_file *facts, struct case_list *list, const struct keyed *v,
                 enum seen once, enum seen twice)
{
    struct case_user *user = facts->users, *end = facts->users + facts->users_count;
    for (size_t i = 0; i < list->count; i++) {
        while (user < end && case_user_id(facts, user) < v[i].key)
            user++;
        bool there = user < end && case_user_id(facts, user) == v[i].key;
        bool known = there && user->decision != DECISION_NONE;
        bool again = i > 0 && v[i - 1].key == v[i].key;
        list->distinct += !again;
        list->repeats += again;
        list->strangers += !known;
        if (there)
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

static struct keyed keyed_row(const struct case_file *facts, const struct case_list *list,
                              int64_t user, size_t i)
{
    return (struct keyed){.key = facts->nameless ? case_dealt(facts, list, list->count) : user,
                          .index = (uint32_t)i};
}

/* before: NULL, or the rows that do not count. */
static int join_rows(struct case_file *facts, const struct rows *rows, const struct rows *before,
                     struct case_list *list, enum seen once, enum seen twice)
{
    _cleanup_free_ struct keyed *v = malloc((rows->count + 1) * sizeof *v);
    _cleanup_free_ struct keyed *by_id = NULL;
    if (!v || case_sort_before(before, &by_id))
        return -(int)ERR_MEMORY;
    for (size_t i = 0; i < rows->count; i++) {
        if (case_was_before(before, by_id, &rows->v[i]))
            list->before++;
        else {
            v[list->count] = keyed_row(facts, list, rows->v[i].user, i);
            list->count++;
        }
    }
    return join_sorted(facts, list, v, once, twice);
}

static int join_produced(struct case_file *facts, const struct produced *produced,
                         struct case_list *list, enum seen once, enum seen twice)
{
    _cleanup_free_ struct keyed *v = malloc((produced->count + 1) * sizeof *v);
    if (!v)
        return -(int)ERR_MEMORY;
    for (; list->count < produced->count; list->count++) {
        size_t i = list->count;
        v[i] = keyed_row(facts, list, produced->v[i].user, i);
        list->undecoded += !produced->v[i].decoded;
    }
    list->count = list->undecoded ? 0 : produced->count;
    return join_sorted(facts, list, v, once, twice);
}

/* ---- the whole ---- */

/* Users of the list who are saved by it alone: each once, those in neither of the lists before it.
 * A failed event of somebody who never asked saves nobody. */
static int64_t count_more(const struct case_file *facts, const struct case_list *list)
{
    const struct case_list *const before[] = {&facts->coupons, &facts->parked};
    int64_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        int64_t id = case_list_user(list, facts, i);
        if (i > 0 && id == case_list_user(list, facts, i - 1))
            continue;
        const struct case_user *user = case_find(facts, id);
        bool more = user && user->decision != DECISION_NONE;
        for (size_t b = 0; more && b < 2 && before[b] != list; b++)
            more = case_list_find(before[b], facts, id) == before[b]->count;
        count += more;
    }
    return count;
}

/* An engine starts its stack before anything else, and an archive keeps when. */
static bool is_foreign(const struct run *run)
{
    return run->drain.outcome == DRAIN_NOT_RUN && !run->phases[PHASE_STACK].started &&
           !run->phases[PHASE_PREFLIGHT].started;
}

/* What becomes of somebody who has a row already, the service alone knows. */
static void mark_before(struct case_file *facts)
{
    const struct rows *before = &facts->run->evidence.before;
    for (size_t i = 0; before->known && !facts->nameless && i < before->count; i++) {
        const struct case_user *user = case_find(facts, before->v[i].user);
        if (user)
            facts->users[user - facts->users].seen |= SEEN_BEFORE;
    }
}

static int build(struct case_file *facts)
{
    const struct evidence *evidence = &facts->run->evidence;
    int rc = case_order_requests(facts);
    if (!rc)
        rc = join_rows(facts, &evidence->coupons, &evidence->before, &facts->coupons, SEEN_COUPON,
                       SEEN_COUPON_TWICE);
    if (!rc)
        rc = join_rows(facts, &evidence->parked, NULL, &facts->parked, SEEN_PARKED,
                       SEEN_PARKED_TWICE);
    if (!rc)
        rc = join_produced(facts, &evidence->dead_letter, &facts->dead, SEEN_PARKED,
                           SEEN_PARKED_TWICE);
    if (!rc)
        rc = join_produced(facts, &evidence->produced, &facts->produced, SEEN_PRODUCED,
                           SEEN_PRODUCED_TWICE);
    if (!rc)
        mark_before(facts);
    return rc;
}

int case_build(const struct run *run, struct case_file *ret_facts, struct err *err)
{
    bool foreign = is_foreign(run);
    struct case_file facts = {
        .run = run,
        .history = &run->history,
        .limit = run->scenario->limit,
        .foreign = foreign,
        .nameless = roster_is_nameless(run->roster),
        .queue = pipeline_kind(run->scenario->evidence.pipeline)->queue,
        .early = run->scenario->wait != WAIT_DRAINED && !foreign,
    };
    if (case_spread(&facts) || build(&facts)) {
        case_free(&facts);
        return err_set(err, ERR_MEMORY, "no room to join %zu requests", run->history.count);
    }
    sources_survey(&facts);
    if (ledger_build(&facts)) {
        case_free(&facts);
        return err_set(err, ERR_MEMORY, "no room for a ledger of %zu requests", run->history.count);
    }
    facts.saved = (int64_t)facts.coupons.distinct + count_more(&facts, &facts.parked) +
                  count_more(&facts, &facts.dead);
    *ret_facts = facts;
    fair_view_init(&ret_facts->fair, ret_facts, facts.history->count, facts.limit, &case_fairness);
    return 0;
}

void case_free(struct case_file *facts)
{
    ledger_free(facts->ledger);
    free(facts->order);
    free(facts->users);
    free(facts->ids);
    free(facts->first_of_many);
    free(facts->later);
    free(facts->coupons.order);
    free(facts->parked.order);
    free(facts->dead.order);
    free(facts->produced.order);
    case_spread_free(facts);
    *facts = (struct case_file){0};
}
