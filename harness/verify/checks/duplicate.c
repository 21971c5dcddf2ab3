#include "verify/checks/judges.h"

static void add_times(const struct case_file *facts, struct witness *witness, int64_t id)
{
    const struct case_user *user = case_find(facts, id);
    witness->user = maybe_of(id);
    if (!user)
        return;
    const struct request *request = case_spokesman(facts, user);
    witness->released = request->released;
    witness->done = request_answered(request) ? request->done : 0;
}

static void name_rows(const struct case_file *facts, struct finding *finding)
{
    const struct case_list *list = &facts->coupons;
    for (size_t i = 1; list->repeats && i < list->count; i++) {
        const struct row *row = &facts->run->evidence.coupons.v[list->order[i]];
        if (case_list_user(list, facts, i - 1) != row->user)
            continue;
        struct witness *witness = finding_witness(finding, "has one more coupon");
        if (!witness)
            return;
        add_times(facts, witness, row->user);
        witness->row = maybe_of(row->id);
    }
}

static void name_records(const struct case_file *facts, struct finding *finding)
{
    const struct case_list *list = &facts->produced;
    for (size_t i = 1; list->repeats && i < list->count; i++) {
        const struct produced_record *record = &facts->run->evidence.produced.v[list->order[i]];
        if (case_list_user(list, facts, i - 1) != record->user)
            continue;
        struct witness *witness = finding_witness(finding, "was produced once more");
        if (!witness)
            return;
        add_times(facts, witness, record->user);
        witness->partition = record->partition;
        witness->offset = maybe_of(record->offset);
    }
}

/* Rows and records separately: a consumer that recognises a record that came twice makes it good,
 * which a scenario may allow by at_most; a second coupon nobody makes good. */
void judge_duplicate(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    int64_t rows = (int64_t)facts->coupons.repeats, records = (int64_t)facts->produced.repeats;
    name_rows(facts, finding);
    name_records(facts, finding);
    finding_expect(finding, "0 rows, at most %" PRId64 " records", expect->at_most);
    finding_actual(finding, "%" PRId64 " rows, %" PRId64 " records", rows, records);
    if (rows || records > expect->at_most) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " row%s and %" PRId64 " record%s beyond the first of their user",
                    rows, plural(rows), records, plural(records));
        finding_hint(finding, "%s",
                     records
                         ? "the producer sent twice: an idempotent producer, or a key that the "
                           "consumer recognises"
                         : "the consumer wrote twice: commit rows and offsets in one transaction, "
                           "or make user_id unique");
    } else if (judge_unread(facts, NEEDS_COUPONS, "the coupon rows", finding) ||
               judge_unread(facts, NEEDS_PRODUCED, "the produced records", finding)) {
        ;
    } else if (records) {
        finding_set(finding, VERDICT_PASS,
                    "nobody has two coupons; %" PRId64 " record%s came twice, as allowed", records,
                    plural(records));
    } else {
        finding_set(finding, VERDICT_PASS, "nobody appears twice");
    }
}
