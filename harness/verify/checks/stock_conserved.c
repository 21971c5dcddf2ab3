#include "base/cleanup.h"
#include "verify/checks/judges.h"
#include "verify/stock.h"

static bool is_never_negative(const struct case_file *facts)
{
    const struct spec_stock *spec = facts->run->scenario->evidence.stock;
    bool column = spec && (spec->rows.postgres || spec->rows.mysql);
    return spec &&
           (spec->negative == NEGATIVE_NEVER || (spec->negative == NEGATIVE_AUTO && column));
}

struct balance {
    int64_t items, vanished, appeared, negative, unread;
    int64_t before, left; /* of all */
};

static void name(const struct case_file *facts, size_t item, const char *what, int64_t units,
                 struct finding *finding)
{
    uint32_t one, other;
    struct witness *witness = ledger_witness_item(facts, finding, what, item);
    if (!witness)
        return;
    witness->row = ledger_number(facts, units);
    if (!stock_by_answers(facts) || !stock_pair(facts, item, &one, &other))
        return;
    witness->user = maybe_of(facts->history->v[one].user);
    case_show(witness, &facts->history->v[one]);
    witness->other = maybe_of(facts->history->v[other].user);
    witness->other_released = facts->history->v[other].released;
    witness->other_done = facts->history->v[other].done;
}

static void weigh(const struct case_file *facts, size_t item, const struct stock *stock,
                  struct balance *balance, struct finding *finding)
{
    int64_t gone = stock->known ? stock_gone(facts, stock, item) : 0;
    const char *what = gone > 0   ? "neither left nor sold"
                       : gone < 0 ? "sold, and left all the same"
                                  : "fewer than none left";
    bool negative = stock->known && stock->left < 0 && is_never_negative(facts);
    balance->unread += !stock->known;
    balance->before += stock->before;
    balance->left += stock->left;
    if (!gone && !negative)
        return;
    balance->items++;
    balance->negative += !gone && negative;
    balance->vanished += gone > 0 ? gone : 0;
    balance->appeared -= gone < 0 ? gone : 0;
    name(facts, item, what, gone > 0 ? gone : gone < 0 ? -gone : stock->left, finding);
}

/* What goes from one to another stays what it was in all, also where an answer is unknown. */
static bool say_sum(const struct case_file *facts, const struct balance *balance,
                    struct finding *finding)
{
    if (!facts->history->to || balance->unread || balance->left == balance->before)
        return false;
    bool less = balance->left < balance->before;
    int64_t units = less ? balance->before - balance->left : balance->left - balance->before;
    if (less)
        judge_absent(finding, "all together have %s less than before, and transfers keep the sum",
                     ledger_amount(facts, units).text);
    else
        finding_set(finding, VERDICT_FAIL,
                    "all together have %s more than before, and transfers keep the sum",
                    ledger_amount(facts, units).text);
    return true;
}

static void say(const struct case_file *facts, const struct balance *balance,
                struct finding *finding)
{
    char names[160];
    size_t count = facts->ledger->items->count;
    ledger_list(finding, balance->items, names, sizeof names);
    if (balance->appeared)
        finding_set(finding, VERDICT_FAIL, "%s unit%s sold that %s left all the same (%s)",
                    ledger_amount(facts, balance->appeared).text, plural(balance->appeared),
                    balance->appeared == 1 ? "is" : "are", names);
    else if (balance->vanished)
        judge_absent(finding, "%s unit%s neither left nor sold (%s)",
                     ledger_amount(facts, balance->vanished).text,
                     balance->vanished == 1 ? " is" : "s are", names);
    else if (say_sum(facts, balance, finding))
        return;
    else if (balance->negative)
        finding_set(finding, VERDICT_FAIL, "of %" PRId64 " item%s fewer than none %s left (%s)",
                    balance->negative, plural(balance->negative),
                    balance->negative == 1 ? "is" : "are", names);
    else if (balance->unread)
        finding_set(finding, VERDICT_UNKNOWN,
                    "of %" PRId64 " of %zu items nobody says how much is "
                    "left",
                    balance->unread, count);
    else
        finding_set(finding, VERDICT_PASS,
                    "what is left and what was sold of %zu item%s is what "
                    "there was",
                    count, plural((int64_t)count));
}

/* What one transaction was to change was seen half changed: later looks do not take that back. */
static const struct sample *first_apart(const struct case_file *facts)
{
    const struct spec_stock *spec = facts->run->scenario->evidence.stock;
    const struct timeline *timeline = &facts->run->timeline;
    for (size_t i = 0; spec && spec->atomic && i < timeline->count; i++)
        if (timeline->v[i].apart)
            return &timeline->v[i];
    return NULL;
}

static void say_apart(const struct case_file *facts, const struct sample *apart,
                      struct finding *finding)
{
    int64_t units = apart->apart > 0 ? apart->apart : -apart->apart;
    char item[64];
    const char *what = apart->apart > 0 ? "neither left nor sold" : "sold, and left all the same";
    struct witness *witness = finding_witness(finding, what);
    if (witness) {
        ledger_name(facts, witness, apart->apart_item);
        witness->at = apart->at;
    }
    finding_expect(finding, "left + sold = stock, at any time");
    finding_count(finding, units);
    finding_actual(finding, "%s", ledger_amount(facts, units).text);
    finding_set(finding, VERDICT_FAIL,
                "in one snapshot %s unit%s of %s %s %s: a row and what it takes from the stock are "
                "not written in one transaction",
                ledger_amount(facts, units).text, plural(units),
                items_name(facts->ledger->items, apart->apart_item, item, sizeof item),
                units == 1 ? "was" : "were", what);
    finding_hint(finding, "a transaction around both statements; or, where they need not be one, "
                          "without evidence.stock.atomic");
}

void judge_stock_conserved(const struct case_file *facts, const struct spec_expect *expect,
                           struct finding *finding)
{
    (void)expect;
    _cleanup_free_ struct stock *v = stock_read(facts);
    struct balance balance = {0};
    bool answers = stock_by_answers(facts), told = answers || facts->ledger->rows_told;
    if (!v) {
        judge_no_memory(finding);
        return;
    }
    finding_expect(finding, facts->history->to ? "left = stock - out + in" : "left + sold = stock");
    if (!told || facts->parked.count || facts->dead.count) {
        finding_set(finding, VERDICT_UNKNOWN, "%s",
                    told ? "what failed events hold of the stock is not known"
                         : "the rows do not say which item they are of");
        return;
    }
    for (size_t i = 0; i < facts->ledger->items->count; i++)
        weigh(facts, i, &v[i], &balance, finding);
    finding_count(finding, balance.vanished + balance.appeared);
    if (facts->ledger->items->decimals)
        finding_actual(finding, "%s",
                       ledger_amount(facts, balance.vanished + balance.appeared).text);
    say(facts, &balance, finding);
    const struct sample *apart = first_apart(facts);
    if (apart && finding->verdict != VERDICT_FAIL)
        say_apart(facts, apart, finding);
    if (finding->verdict == VERDICT_FAIL && answers)
        finding_hint(finding,
                     "is what is left read and written in one step? UPDATE … SET balance = "
                     "balance - x, and not a value that was computed from what was read; "
                     "amounts as whole cents or NUMERIC, never as floating point");
}
