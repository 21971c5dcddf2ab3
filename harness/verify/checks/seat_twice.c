#include "base/cleanup.h"

#include <stdlib.h>

#include "verify/checks/judges.h"
#include "verify/ledger.h"

#define NOBODY SIZE_MAX

static bool is_seat(const struct case_file *facts, int64_t item)
{
    return item >= 0 && (size_t)item < facts->ledger->items->count &&
           facts->ledger->items->stock[item] == 1 && !facts->run->scenario->items->overbook;
}

static void name_pair(const struct case_file *facts, const struct claim *first,
                      const struct claim *second, struct finding *finding)
{
    struct witness *witness =
        finding->witnesses_count < LEDGER_NAMED
            ? ledger_witness(facts, finding, "was told yes to the seat of", second)
            : NULL;
    if (!witness)
        return;
    const struct request *other = &facts->history->v[facts->ledger->order[first->first]];
    witness->other = maybe_of(first->user);
    witness->other_released = other->released;
    witness->other_done = request_answered(other) ? other->done : 0;
}

static void forget(size_t *holders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        holders[i] = NOBODY;
}

/* Where seats may be given back: how many two had at one time. */
static int64_t had_twice(const struct case_file *facts, struct finding *finding)
{
    const struct ledger *ledger = facts->ledger;
    int64_t seats = 0;
    for (size_t i = 0; i < ledger->items->count; i++) {
        uint32_t rival = is_seat(facts, (int64_t)i) && ledger->shelves[i].granted > 1
                             ? fates_rival(facts, i)
                             : NO_DEED;
        if (rival == NO_DEED)
            continue;
        const struct request *second = &facts->history->v[ledger->shelves[i].brim];
        struct witness *witness =
            ledger_witness_item(facts, finding, "was told yes to the seat of", i);
        seats++;
        if (!witness)
            continue;
        witness->user = maybe_of(second->user);
        case_show(witness, second);
        witness->other = maybe_of(facts->history->v[rival].user);
        witness->other_released = facts->history->v[rival].released;
        witness->other_done = facts->history->v[rival].done;
    }
    return seats;
}

/* Returns how many seats somebody was told whom another one was told before. holders: by item, the
 * claim that was seen first. */
static int64_t told_twice(const struct case_file *facts, size_t *holders, struct finding *finding)
{
    const struct ledger *ledger = facts->ledger;
    int64_t seats = 0;
    if (ledger->fates)
        return had_twice(facts, finding);
    forget(holders, ledger->items->count);
    for (size_t i = 0; i < ledger->count; i++) {
        const struct claim *claim = &ledger->claims[i];
        if (!is_seat(facts, claim->item) || claim->granted <= 0)
            continue;
        size_t *holder = &holders[claim->item];
        bool second = *holder != NOBODY;
        *holder = second ? *holder : i;
        seats += second;
        if (second)
            name_pair(facts, &ledger->claims[*holder], claim, finding);
    }
    return seats;
}

/* The same of rows, whoever asked for them. */
static int64_t written_twice(const struct case_file *facts, size_t *holders,
                             struct finding *finding)
{
    const struct rows *rows = &facts->run->evidence.coupons;
    int64_t seats = 0;
    forget(holders, facts->ledger->items->count);
    for (size_t i = 0; i < facts->coupons.count; i++) {
        size_t index = facts->coupons.order[i];
        struct row_line line = ledger_line(facts->ledger, rows, index);
        if (!is_seat(facts, line.item) || line.units <= 0)
            continue;
        size_t *holder = &holders[line.item];
        bool second = *holder != NOBODY && rows->v[*holder].user != rows->v[index].user;
        *holder = *holder == NOBODY ? index : *holder;
        seats += second;
        struct witness *witness = second && finding->witnesses_count < LEDGER_NAMED
                                      ? finding_witness(finding, "has a row of the seat of")
                                      : NULL;
        if (!witness)
            continue;
        witness->user = maybe_of(rows->v[index].user);
        witness->other = maybe_of(rows->v[*holder].user);
        witness->row = maybe_of(rows->v[index].id);
        ledger_name(facts, witness, line.item);
    }
    return seats;
}

void judge_seat_twice(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    (void)expect;
    size_t count = facts->ledger->items->count;
    _cleanup_free_ size_t *holders = calloc(count + 1, sizeof *holders);
    char names[160];
    if (!holders) {
        judge_no_memory(finding);
        return;
    }
    bool rows = facts->known & NEEDS_COUPONS && facts->ledger->rows_told;
    int64_t by_answers = facts->known & NEEDS_DECISIONS ? told_twice(facts, holders, finding) : 0;
    int64_t by_rows = rows && !by_answers ? written_twice(facts, holders, finding) : 0;
    int64_t seats = by_answers ? by_answers : by_rows;
    finding_expect(finding, "each once");
    finding_count(finding, seats);
    ledger_list(finding, seats, names, sizeof names);
    if (seats) {
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " time%s a seat was given to two (%s)", seats,
                    plural(seats), names);
        finding_hint(finding, "a unique constraint on the seat, or UPDATE … WHERE owner IS NULL, "
                              "lets only one of them through");
    } else if (facts->known & NEEDS_COUPONS && !rows) {
        finding_set(finding, VERDICT_UNKNOWN, "the rows do not say which item they are of");
    } else {
        finding_set(finding, VERDICT_PASS, "nobody has what another one has");
    }
}
