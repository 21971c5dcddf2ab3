#include "base/cleanup.h"
#include "verify/checks/judges.h"
#include "verify/order.h"
#include "verify/respelled.h"

static const char *why_unexpected(const struct case_user *user)
{
    if (!user)
        return "has a coupon, but is no user of this run";
    return "has a coupon, but never reached the service";
}

static void name_strangers(const struct case_file *facts, struct finding *finding)
{
    const struct rows *rows = &facts->run->evidence.coupons;
    for (size_t i = 0; facts->coupons.strangers && i < facts->coupons.count; i++) {
        const struct row *row = &rows->v[facts->coupons.order[i]];
        const struct case_user *user = case_find(facts, row->user);
        if (user && user->decision != DECISION_NONE)
            continue;
        struct witness *witness = finding_witness(finding, why_unexpected(user));
        if (!witness)
            return;
        witness->user = maybe_of(row->user);
        witness->row = maybe_of(row->id);
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

static void say_unexpected(size_t strangers, size_t left, struct finding *finding)
{
    if (strangers && left)
        finding_set(finding, VERDICT_FAIL,
                    "%zu row%s of users who did not ask in this run, and %zu from before it",
                    strangers, plural((int64_t)strangers), left);
    else if (left)
        finding_set(finding, VERDICT_FAIL, "%zu row%s from before the run", left,
                    left == 1 ? " is" : "s are");
    else
        finding_set(finding, VERDICT_FAIL, "%zu row%s of users who did not ask in this run",
                    strangers, plural((int64_t)strangers));
    finding_hint(finding, "%s",
                 left ? "empty the table before the run (stack.reset), or set "
                        "evidence.coupons.subtract: true"
                      : "does the service write the right user into the row?");
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

/* The only check that sees rows of before the run: they are in no other count. */
void judge_unexpected(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    (void)expect;
    size_t left = facts->coupons.before, strangers = facts->coupons.strangers;
    int64_t gone = facts->run->evidence.coupons.gone;
    name_left_over(facts, finding);
    name_strangers(facts, finding);
    finding_expect(finding, "0 of %zu rows", facts->coupons.count + left);
    finding_actual(finding, "%zu", strangers + left);
    struct respelled respelled = strangers ? respelled_find(facts) : (struct respelled){0};
    if (strangers && !left && strangers <= respelled.rows)
        respelled_say(facts, &respelled, finding);
    else if (strangers + left)
        say_unexpected(strangers, left, finding);
    else if (gone > 0)
        say_gone(gone, finding);
    else
        finding_set(finding, VERDICT_PASS, "every row belongs to a user who asked");
}
