#include <stdlib.h>

#include "base/cleanup.h"
#include "verify/checks/judges.h"
#include "verify/order.h"

/* The rows of before the run, by row id. NULL when there are none (or no memory). */
static struct keyed *rows_before(const struct rows *before)
{
    if (!before->known || !before->count)
        return NULL;
    struct keyed *v = malloc(before->count * sizeof *v);
    for (size_t i = 0; v && i < before->count; i++)
        v[i] = (struct keyed){.key = before->v[i].id, .index = (uint32_t)i};
    if (v && order_pairs(v, before->count)) {
        free(v);
        return NULL;
    }
    return v;
}

static bool was_before(const struct rows *before, const struct keyed *by_id, const struct row *row)
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

static const char *why_unexpected(const struct case_user *user)
{
    if (!user)
        return "has a coupon, but is no user of this run";
    return "has a coupon, but never reached the service";
}

void judge_unexpected(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    (void)expect;
    const struct evidence *evidence = &facts->run->evidence;
    _cleanup_free_ struct keyed *before = rows_before(&evidence->before);
    int64_t unexpected = 0, left = 0;
    bool walk = facts->coupons.strangers || before;
    for (size_t i = 0; walk && i < facts->coupons.count; i++) {
        const struct row *row = &evidence->coupons.v[facts->coupons.order[i]];
        const struct case_user *user = case_find(facts, row->user);
        bool old = was_before(&evidence->before, before, row);
        if (!old && user && user->decision != DECISION_NONE)
            continue;
        unexpected++;
        left += old;
        struct witness *witness =
            finding_witness(finding, old ? "was there before the run" : why_unexpected(user));
        if (!witness)
            continue;
        witness->user = maybe_of(row->user);
        witness->row = maybe_of(row->id);
    }
    finding_expect(finding, "0 of %zu rows", facts->coupons.count);
    finding_actual(finding, "%" PRId64, unexpected);
    if (unexpected) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " row%s of users who did not ask in this run (%" PRId64
                    " from before it)",
                    unexpected, plural(unexpected), left);
        finding_hint(finding, "%s",
                     left ? "empty the table before the run (stack.reset), or set "
                            "evidence.coupons.subtract: true"
                          : "does the service write the right user into the row?");
    } else {
        finding_set(finding, VERDICT_PASS, "every row belongs to a user who asked");
    }
}
