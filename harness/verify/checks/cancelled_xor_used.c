#include "verify/checks/judges.h"
#include "verify/ledger.h"

static bool is_told_yes(const struct case_file *facts, size_t deed)
{
    return facts->run->actions.v[deed].cls == CLASS_ACCEPTED &&
           !facts->run->actions.deeds[deed].others;
}

/* Kept, when it had been told that it is given back. */
static bool is_used_after(const struct case_file *facts, size_t i)
{
    const struct deed *deed = &facts->run->actions.deeds[i];
    return facts->run->scenario->actions[deed->action].moves == MOVES_NONE &&
           facts->run->actions.v[i].released > facts->ledger->fates[deed->order].back_by;
}

/* Another action that this one excludes was told yes as well. */
static bool is_excluded(const struct case_file *facts, size_t i, int *ret_other)
{
    const struct scenario *scenario = facts->run->scenario;
    const struct deed *deed = &facts->run->actions.deeds[i];
    const char *excludes = scenario->actions[deed->action].excludes;
    *ret_other = excludes ? spec_action_find(scenario, excludes) : -1;
    return *ret_other >= 0 && facts->ledger->fates[deed->order].told >> *ret_other & 1;
}

/* The yes to that action for the same order. */
static uint32_t find_other(const struct case_file *facts, size_t i, int action)
{
    const struct history *actions = &facts->run->actions;
    for (size_t k = 0; k < actions->count; k++)
        if (actions->deeds[k].order == actions->deeds[i].order &&
            actions->deeds[k].action == action && is_told_yes(facts, k))
            return (uint32_t)k;
    return NO_DEED;
}

static int64_t name_both(const struct case_file *facts, struct finding *finding)
{
    const struct history *actions = &facts->run->actions;
    int64_t both = 0;
    for (size_t i = 0; i < actions->count; i++) {
        int other;
        bool excluded = is_told_yes(facts, i) && is_excluded(facts, i, &other);
        if (!is_told_yes(facts, i) || (!excluded && !is_used_after(facts, i)))
            continue;
        both++;
        if (finding->witnesses_count < LEDGER_NAMED)
            fates_witness(facts, finding,
                          excluded ? "told yes to two that exclude each other"
                                   : "told yes when it had been given back",
                          (uint32_t)i,
                          excluded ? find_other(facts, i, other)
                                   : facts->ledger->fates[actions->deeds[i].order].back);
    }
    return both;
}

static void name_surplus(const struct case_file *facts, struct finding *finding)
{
    for (size_t i = 0; i < facts->ledger->count; i++) {
        const struct claim *claim = &facts->ledger->claims[i];
        int64_t least, most;
        fates_back(facts, claim, &least, &most);
        if (least && claim->rows > claim->most + claim->maybe - least &&
            finding->witnesses_count < LEDGER_NAMED)
            ledger_witness(facts, finding, "given back, and its row is there", claim);
    }
}

void judge_cancelled_xor_used(const struct case_file *facts, const struct spec_expect *expect,
                              struct finding *finding)
{
    (void)expect;
    bool rows = facts->known & NEEDS_COUPONS && facts->ledger->rows_told;
    int64_t both = name_both(facts, finding), surplus = rows && !both ? fates_surplus(facts) : 0;
    if (surplus)
        name_surplus(facts, finding);
    finding_expect(finding, "each order one of the two");
    finding_count(finding, both ? both : surplus);
    if (both)
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " order%s given back and used all the same",
                    both, both == 1 ? " was" : "s were");
    else if (surplus)
        judge_absent(finding, "%" PRId64 " unit%s told to be given back, and %s row%s there still",
                     surplus, surplus == 1 ? " was" : "s were", surplus == 1 ? "its" : "their",
                     surplus == 1 ? " is" : "s are");
    else
        finding_set(finding, VERDICT_PASS, "nothing that was given back was used");
    if (both)
        finding_hint(finding, "do both actions change the order's state in one step that looks at "
                              "it? UPDATE … WHERE id = … AND state = 'paid', whose row count "
                              "decides");
    else if (surplus)
        finding_hint(finding, "do the rows leave out what is cancelled? WHERE state <> "
                              "'cancelled' in evidence.coupons");
}
