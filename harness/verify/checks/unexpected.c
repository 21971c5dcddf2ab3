#include <string.h>

#include "base/cleanup.h"
#include "base/order.h"
#include "verify/checks/judges.h"
#include "verify/ledger.h"
#include "verify/respelled.h"

static const char *why_unexpected(const struct case_user *user, bool coupon)
{
    if (coupon)
        return user ? "has a coupon, but never reached the service"
                    : "has a coupon, but is no user of this run";
    return user ? "is among the failed events, but never reached the service"
                : "is among the failed events, but is no user of this run";
}

static struct maybe row_id(const struct case_file *facts, const struct case_list *list,
                           size_t place)
{
    const struct evidence *evidence = &facts->run->evidence;
    const struct rows *rows = list == &facts->coupons ? &evidence->coupons : &evidence->parked;
    return list == &facts->dead ? (struct maybe){0} : maybe_of(rows->v[list->order[place]].id);
}

static void name_strangers(const struct case_file *facts, const struct case_list *list,
                           struct finding *finding)
{
    for (size_t i = 0; list->strangers && i < list->count; i++) {
        int64_t id = case_list_user(list, facts, i);
        const struct case_user *user = case_find(facts, id);
        if (user && user->decision != DECISION_NONE)
            continue;
        struct witness *witness =
            finding_witness(finding, why_unexpected(user, list == &facts->coupons));
        if (!witness)
            return;
        witness->user = maybe_of(id);
        witness->row = row_id(facts, list, i);
    }
}

static void name_left_over(const struct case_file *facts, struct finding *finding)
{
    const struct evidence *evidence = &facts->run->evidence;
    _cleanup_free_ struct keyed *by_id = NULL;
    if (!facts->coupons.before || case_sort_before(&evidence->before, &by_id))
        return;
    for (size_t i = 0; i < evidence->coupons.count; i++) {
        const struct row *row = &evidence->coupons.v[i];
        struct witness *witness = case_was_before(&evidence->before, by_id, row)
                                      ? finding_witness(finding, "was there before the run")
                                      : NULL;
        if (!witness)
            continue;
        witness->user = maybe_of(row->user);
        witness->row = maybe_of(row->id);
    }
}

static void say_strangers(size_t rows, size_t parked, struct finding *finding)
{
    finding_set(finding, VERDICT_FAIL, "%zu %s%s of users who did not ask in this run",
                rows + parked,
                !rows    ? "parked event"
                : parked ? "row and parked event"
                         : "row",
                plural((int64_t)(rows + parked)));
    finding_hint(finding, "does the service write the right user into the row?");
}

/* A store that the run made was empty: what is in it the run's own processes have written. */
static bool began_empty(const struct run *run)
{
    const struct server_info *postgres = run_server(run, "postgres");
    const struct spec_rows *coupons = run->scenario->evidence.coupons;
    return postgres && !strcmp(postgres->kind, "private") && coupons && !coupons->url;
}

/* Nobody who runs now can help what was there before. */
static void say_left_over(const struct case_file *facts, size_t left, struct finding *finding)
{
    finding_set(finding, began_empty(facts->run) ? VERDICT_FAIL : VERDICT_UNKNOWN,
                "%zu row%s from before the run", left, left == 1 ? " is" : "s are");
    finding_hint(finding, "empty the table before the run (stack.reset), or set "
                          "evidence.coupons.subtract: true");
}

/* A table that was not empty, or a topic that others write to, holds events of others too. */
static void say_maybe_others(size_t count, struct finding *finding)
{
    finding_set(finding, VERDICT_UNKNOWN, "%zu failed event%s of users who did not ask in this run",
                count, plural((int64_t)count));
    finding_hint(finding, "does the consumer put the right user aside? what others write there is "
                          "to be kept apart: a topic of its own, evidence.parked.subtract: true");
}

/* With `subtract` alone there are rows of before: else the run does not begin. */
static void say_gone(int64_t gone, struct finding *finding)
{
    finding_set(finding, VERDICT_UNKNOWN,
                "%" PRId64 " row%s from before the release %s gone or changed", gone, plural(gone),
                gone == 1 ? "is" : "are");
    finding_hint(finding, "who deleted or overwrote them? nobody but the service should write to "
                          "its table during a run");
}

/* Parked rows of strangers; those of a table that may have held some before tell nothing. */
static size_t parked_strangers(const struct case_file *facts)
{
    return facts->run->scenario->preflight.clean || facts->foreign ? facts->parked.strangers : 0;
}

/* The only check that sees rows of before the run: they are in no other count. */
void judge_unexpected(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    (void)expect;
    if (facts->ledger && !facts->coupons.before && !facts->coupons.strangers) {
        ledger_judge_unexpected(facts, finding);
        if (finding->verdict == VERDICT_FAIL)
            return;
    }
    size_t left = facts->coupons.before, strangers = facts->coupons.strangers;
    size_t parked = parked_strangers(facts);
    size_t others = facts->dead.strangers + facts->parked.strangers - parked;
    int64_t gone = facts->run->evidence.coupons.gone;
    name_strangers(facts, &facts->coupons, finding);
    name_strangers(facts, &facts->parked, finding);
    name_strangers(facts, &facts->dead, finding);
    name_left_over(facts, finding);
    finding_expect(finding, "0 of %zu rows",
                   facts->coupons.count + facts->parked.count + facts->dead.count + left);
    finding_actual(finding, "%zu", strangers + parked + others + left);
    struct respelled respelled = strangers ? respelled_find(facts) : (struct respelled){0};
    if (strangers && strangers <= respelled.rows)
        respelled_say(facts, &respelled, finding);
    else if (strangers + parked)
        say_strangers(strangers, parked, finding);
    else if (left)
        say_left_over(facts, left, finding);
    else if (others)
        say_maybe_others(others, finding);
    else if (gone > 0)
        say_gone(gone, finding);
    else
        finding_set(finding, VERDICT_PASS, "every row belongs to a user who asked");
}
