#include "verify/checks/judges.h"

/* An assertion at an earlier instant could not have seen what came after it. */
static bool in_sight(const struct case_file *facts, const struct sample *sample)
{
    ns_t asserted = facts->run->drain.asserted;
    return !facts->early || !asserted || sample->at <= asserted;
}

/* Rows of before the release; with `subtract` no sample counts them. */
static int64_t discount(const struct case_file *facts)
{
    const struct timeline *timeline = &facts->run->timeline;
    if (!timeline->count)
        return 0;
    const struct sample *first = &timeline->v[0];
    return first->flags & SAMPLE_BASELINE && first->rows > 0 ? first->rows : 0;
}

static const struct sample *first_over(const struct case_file *facts, int64_t *ret_most,
                                       int64_t *ret_seen)
{
    const struct timeline *timeline = &facts->run->timeline;
    const struct sample *first = NULL;
    int64_t before = discount(facts);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct sample *sample = &timeline->v[i];
        if (sample->rows == COUNT_UNKNOWN || !in_sight(facts, sample))
            continue;
        ++*ret_seen;
        if (sample->rows - before > *ret_most)
            *ret_most = sample->rows - before;
        if (sample->rows - before > facts->limit && !first)
            first = sample;
    }
    return first;
}

void judge_cap_safety(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    (void)expect;
    int64_t most = (int64_t)facts->coupons.count, seen = 0;
    const struct sample *first = first_over(facts, &most, &seen);
    finding_expect(finding, "at most %" PRId64 " rows", facts->limit);
    finding_count(finding, most);
    if (first) {
        struct witness *witness = finding_witness(finding, "first sample over the limit");
        if (witness) {
            witness->row = maybe_of(first->rows - discount(facts));
            witness->at = first->at;
        }
    }
    if (most > facts->limit)
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " rows were there, %" PRId64 " over the limit", most,
                    most - facts->limit);
    else if (!seen)
        finding_set(finding, VERDICT_UNKNOWN, "no sample of the rows was taken");
    else
        finding_set(finding, VERDICT_PASS,
                    "never more than %" PRId64 " rows in %" PRId64 " samples", most, seen);
}
