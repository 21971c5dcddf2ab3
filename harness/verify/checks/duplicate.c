#include "verify/checks/judges.h"
#include "verify/ledger.h"

static void add_times(const struct case_file *facts, struct witness *witness, int64_t id)
{
    const struct case_user *user = case_find(facts, id);
    witness->user = maybe_of(id);
    if (!user)
        return;
    const struct request *request = case_spokesman(facts, user);
    case_show(witness, request);
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

/* Is there an earlier record of the same user in the same queue? The same user in two queues is
 * what a queue for retries looks like, and no proof that anybody sent twice. */
static bool sent_before(const struct case_file *facts, size_t place)
{
    const struct case_list *list = &facts->produced;
    const struct produced_record *v = facts->run->evidence.produced.v;
    const struct produced_record *record = &v[list->order[place]];
    for (size_t i = place; i-- > 0 && v[list->order[i]].user == record->user;)
        if (v[list->order[i]].queue == record->queue)
            return true;
    return false;
}

/* Returns how many there are. */
static int64_t name_records(const struct case_file *facts, struct finding *finding)
{
    const struct case_list *list = &facts->produced;
    int64_t count = 0;
    for (size_t i = 1; list->repeats && i < list->count; i++) {
        if (!sent_before(facts, i))
            continue;
        const struct produced_record *record = &facts->run->evidence.produced.v[list->order[i]];
        struct witness *witness = finding_witness(finding, "was produced once more");
        count++;
        if (!witness)
            continue;
        add_times(facts, witness, record->user);
        witness->lane = record->lane;
        witness->offset = maybe_of(record->offset);
    }
    return count;
}

/* Rows and records separately: a consumer that recognises a record that came twice makes it good,
 * which a scenario may allow by at_most; a second coupon nobody makes good. */
void judge_duplicate(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    if (facts->ledger) {
        ledger_judge_duplicate(facts, finding);
        return;
    }
    int64_t rows = (int64_t)facts->coupons.repeats;
    name_rows(facts, finding);
    int64_t records = name_records(facts, finding);
    finding_expect(finding, "0 rows, at most %" PRId64 " records", expect->at_most);
    finding_actual(finding, "%" PRId64 " rows, %" PRId64 " records", rows, records);
    if (rows || records > expect->at_most) {
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64 " row%s and %" PRId64 " record%s beyond the first of their user",
                    rows, plural(rows), records, plural(records));
        finding_hint(finding, "%s",
                     rows && records ? "each record became a row: did the producer send twice, or "
                                       "the user win twice? a unique user_id stops both"
                     : rows && !facts->run->scenario->evidence.pipeline
                         ? "the user won twice, or was written twice: a unique user_id stops both"
                     : rows
                         ? "one record, or none, became two rows: commit rows and records in one "
                           "transaction, or make user_id unique"
                         : "two records for one user: an idempotent producer, or a key that the "
                           "consumer recognises; at_most allows them");
    } else if (records) {
        finding_set(finding, VERDICT_PASS,
                    "nobody has two coupons; %" PRId64 " record%s came twice, as allowed", records,
                    plural(records));
    } else {
        finding_set(finding, VERDICT_PASS, "nobody appears twice");
    }
}
