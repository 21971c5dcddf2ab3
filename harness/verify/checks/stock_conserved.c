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
};

static void weigh(const struct case_file *facts, size_t item, const struct stock *stock,
                  struct balance *balance, struct finding *finding)
{
    int64_t gone = stock_gone(facts, stock, item);
    const char *what = gone > 0   ? "neither left nor sold"
                       : gone < 0 ? "sold, and left all the same"
                                  : "fewer than none left";
    bool negative = stock->known && stock->left < 0 && is_never_negative(facts);
    balance->unread += !stock->known;
    if (!stock->known || (!gone && !negative))
        return;
    balance->items++;
    balance->negative += !gone && negative;
    balance->vanished += gone > 0 ? gone : 0;
    balance->appeared -= gone < 0 ? gone : 0;
    struct witness *witness = ledger_witness_item(facts, finding, what, item);
    if (witness)
        witness->row = maybe_of(gone > 0 ? gone : gone < 0 ? -gone : stock->left);
}

static void say(const struct balance *balance, size_t count, struct finding *finding)
{
    char names[160];
    ledger_list(finding, balance->items, names, sizeof names);
    if (balance->appeared)
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " unit%s sold that %s left all the same (%s)",
                    balance->appeared, balance->appeared == 1 ? " was" : "s were",
                    balance->appeared == 1 ? "is" : "are", names);
    else if (balance->vanished)
        judge_absent(finding, "%" PRId64 " unit%s neither left nor sold (%s)", balance->vanished,
                     balance->vanished == 1 ? " is" : "s are", names);
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

void judge_stock_conserved(const struct case_file *facts, const struct spec_expect *expect,
                           struct finding *finding)
{
    (void)expect;
    size_t count = facts->ledger->items->count;
    _cleanup_free_ struct stock *v = stock_read(facts);
    struct balance balance = {0};
    if (!v) {
        judge_no_memory(finding);
        return;
    }
    finding_expect(finding, "left + sold = stock");
    if (!facts->ledger->rows_told || facts->parked.count || facts->dead.count) {
        finding_set(finding, VERDICT_UNKNOWN, "%s",
                    facts->ledger->rows_told ? "what failed events hold of the stock is not known"
                                             : "the rows do not say which item they are of");
        return;
    }
    for (size_t i = 0; i < count; i++)
        weigh(facts, i, &v[i], &balance, finding);
    finding_count(finding, balance.vanished + balance.appeared);
    say(&balance, count, finding);
}
