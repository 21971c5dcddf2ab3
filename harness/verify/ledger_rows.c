/* Rows and answers by user, item and units: what the checks say that without items go by user. */
#include "verify/ledger.h"

#include <stdio.h>

#include "verify/checks/judges.h"
#include "verify/sources.h"

/* Rows that say nothing of items tell nobody of what they are. */
static bool is_told(const struct case_file *facts, struct finding *finding)
{
    if (facts->ledger->rows_told)
        return true;
    finding_set(finding, VERDICT_UNKNOWN, "the rows do not say which item they are of");
    finding_hint(finding, "let the query have a column item, and units where there may be several: "
                          "SELECT user_id, item, units FROM …");
    return false;
}

/* ---- lost ---- */

static int64_t name_missing(const struct case_file *facts, struct finding *finding,
                            int64_t *ret_orders, int64_t *ret_had)
{
    int64_t missing = 0;
    for (size_t i = 0; i < facts->ledger->count; i++) {
        const struct claim *claim = &facts->ledger->claims[i];
        int64_t units = claim_missing(facts, claim);
        const struct case_user *user = units ? case_find(facts, claim->user) : NULL;
        if (!units)
            continue;
        if (user && user->seen & SEEN_BEFORE && !facts->foreign) {
            ++*ret_had;
            continue;
        }
        missing += units;
        ++*ret_orders;
        ledger_witness(facts, finding,
                       claim->rows ? "accepted, rows of fewer units" : "accepted, no row", claim);
    }
    return missing;
}

void ledger_judge_lost(const struct case_file *facts, struct finding *finding)
{
    int64_t orders = 0, had = 0;
    char items[160];
    if (!is_told(facts, finding))
        return;
    int64_t missing = name_missing(facts, finding, &orders, &had);
    finding_expect(finding, "0 of %s units", ledger_amount(facts, ledger_granted(facts)).text);
    finding_count(finding, missing);
    ledger_list(finding, 0, items, sizeof items);
    if (missing)
        judge_absent(finding, "%s unit%s of %" PRId64 " order%s told yes %s no row (%s)",
                     ledger_amount(facts, missing).text, plural(missing), orders,
                     orders == 1 ? " that was" : "s that were", missing == 1 ? "has" : "have",
                     items);
    else if (had)
        sources_missing(facts, NEEDS_PROOF, finding);
    else if (!facts->requests_accepted)
        finding_set(finding, VERDICT_UNKNOWN, "nobody was told yes, so nothing could be lost");
    else
        finding_set(finding, VERDICT_PASS, "all units that were told yes have their rows");
}

/* ---- phantom ---- */

void ledger_judge_phantom(const struct case_file *facts, struct finding *finding)
{
    int64_t phantoms = 0, refused = 0;
    char items[160];
    if (!is_told(facts, finding))
        return;
    for (size_t i = 0; i < facts->ledger->count; i++) {
        const struct claim *claim = &facts->ledger->claims[i];
        bool no = claim->decision == DECISION_REJECTED || claim->decision == DECISION_LIMITED;
        refused += no;
        if (!no || claim->rows <= 0)
            continue;
        phantoms++;
        ledger_witness(facts, finding,
                       claim->decision == DECISION_LIMITED ? "limited, has a row"
                                                           : "told no, has a row",
                       claim);
    }
    finding_expect(finding, "0 of %" PRId64, refused);
    finding_count(finding, phantoms);
    ledger_list(finding, 0, items, sizeof items);
    if (phantoms) {
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " order%s told no and %s a row (%s)",
                    phantoms, phantoms == 1 ? " was" : "s were", phantoms == 1 ? "has" : "have",
                    items);
        finding_hint(finding, "who writes these rows? a no must come after the write was given up: "
                              "look for a time-out or an exception between the two");
    } else if (!refused) {
        finding_set(finding, VERDICT_PASS, "nobody was told no");
    } else {
        finding_set(finding, VERDICT_PASS, "none of %" PRId64 " orders that were told no has a row",
                    refused);
    }
}

/* ---- unexpected ---- */

/* Rows of an item that their user never asked for. */
void ledger_judge_unexpected(const struct case_file *facts, struct finding *finding)
{
    const struct rows *rows = &facts->run->evidence.coupons;
    int64_t strange = 0;
    char items[160];
    for (size_t i = 0; i < facts->coupons.count; i++) {
        if (facts->ledger->row_claims[i] != NO_CLAIM)
            continue;
        uint32_t index = facts->coupons.order[i];
        struct row_line line = ledger_line(facts->ledger, rows, index);
        struct witness *witness = finding_witness(finding, "has a row of an item that was not "
                                                           "asked for");
        strange++;
        if (!witness)
            continue;
        witness->user = maybe_of(rows->v[index].user);
        witness->row = maybe_of(rows->v[index].id);
        ledger_name(facts, witness, line.item);
    }
    finding_expect(finding, "0 of %zu rows", facts->coupons.count);
    finding_actual(finding, "%" PRId64, strange);
    if (!strange)
        return;
    ledger_list(finding, 0, items, sizeof items);
    finding_set(finding, VERDICT_FAIL,
                "%" PRId64 " row%s of an item that %s user did not ask for (%s)", strange,
                strange == 1 ? " is" : "s are", strange == 1 ? "its" : "their", items);
    finding_hint(finding, "does the service write the right item into the row? what it chooses "
                          "itself says responses.accepted.item");
}

/* ---- duplicate ---- */

void ledger_judge_duplicate(const struct case_file *facts, struct finding *finding)
{
    int64_t units = 0, orders = 0;
    char items[160];
    if (!is_told(facts, finding))
        return;
    for (size_t i = 0; i < facts->ledger->count; i++) {
        const struct claim *claim = &facts->ledger->claims[i];
        bool may = claim->decision == DECISION_ACCEPTED || claim->decision == DECISION_UNKNOWN;
        if (!may || claim->rows <= claim->most + claim->maybe)
            continue;
        orders++;
        units += claim->rows - claim->most - claim->maybe;
        ledger_witness(facts, finding, "has rows of more units than were granted", claim);
    }
    finding_expect(finding, "0 units");
    finding_count(finding, units);
    ledger_list(finding, 0, items, sizeof items);
    if (units) {
        finding_set(finding, VERDICT_FAIL,
                    "%s unit%s of %" PRId64 " order%s beyond what was granted (%s)",
                    ledger_amount(facts, units).text, plural(units), orders, plural(orders), items);
        finding_hint(finding, "is an order that is sent or consumed again written again? a key "
                              "that the table knows stops it");
    } else {
        finding_set(finding, VERDICT_PASS, "nobody has more than was granted");
    }
}

/* ---- fcfs ---- */

static void name_inverted(const struct case_file *facts, const struct denials *denials,
                          struct finding *finding)
{
    for (size_t i = 0; i < denials->named; i++) {
        const struct request *yes = &facts->history->v[denials->first[i].by];
        struct witness *witness = ledger_witness_denial(
            facts, finding, "turned away before the request of", &denials->first[i]);
        if (!witness)
            return;
        witness->other = maybe_of(yes->user);
        witness->other_released = yes->released;
        witness->other_done = yes->done;
        ledger_name(facts, witness, ledger_order(facts, denials->first[i].by)->item);
    }
}

void ledger_judge_fcfs(const struct case_file *facts, struct finding *finding)
{
    struct denials denials;
    char items[160];
    int64_t ordered = 0, all = 0;
    if (ledger_inverted(facts, &denials) || ledger_power(facts, &ordered, &all)) {
        judge_no_memory(finding);
        return;
    }
    finding_expect(finding, "nobody overtaken");
    finding_count(finding, denials.count);
    if (denials.count && judge_uncertain_order(facts, finding))
        return;
    if (denials.count) {
        name_inverted(facts, &denials, finding);
        ledger_list(finding, denials.items, items, sizeof items);
        finding_set(finding, VERDICT_FAIL,
                    "%" PRId64
                    " order%s turned away before somebody asked who got as many units of "
                    "the same item (%s)",
                    denials.count, denials.count == 1 ? " was" : "s were", items);
    } else if (!facts->requests_accepted) {
        finding_set(finding, VERDICT_UNKNOWN, "nobody was told yes, so nobody was overtaken");
    } else if (!denials.refused) {
        finding_set(finding, VERDICT_PASS, "nobody was turned away");
    } else {
        finding->untested = !ordered;
        if (!ordered)
            finding_actual(finding, "not testable in a burst");
        finding_set(finding, VERDICT_PASS,
                    "none of %" PRId64 " orders that were turned away was overtaken%s",
                    denials.refused,
                    ordered ? ""
                            : "; but no two decisions about one item were ordered in time, so "
                              "unfairness could not have shown (waves would show it)");
    }
}
