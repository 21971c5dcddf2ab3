#include "verify/applies.h"

#include "model/check.h"
#include "verify/ledger.h"

bool applies_has_burst(const struct case_file *facts)
{
    const struct scenario *scenario = facts->run->scenario;
    for (unsigned i = 0; i < scenario->load_count; i++)
        if (scenario->load[i].kind == LOAD_BURST)
            return true;
    return false;
}

/* Where only a no can be told, and no record says who won, nobody was promised anything. */
bool applies_has_promises(const struct case_file *facts)
{
    return facts->run->scenario->responses.accepted_count || facts->requests_accepted ||
           facts->given & NEEDS_PRODUCED || !facts->requests_rejected;
}

bool applies_decides_later(const struct case_file *facts)
{
    return facts->run->scenario->decide != NULL;
}

bool applies_users_repeat(const struct case_file *facts)
{
    return facts->twice > 0 && !facts->ledger;
}

bool applies_ranks_given(const struct case_file *facts)
{
    const struct spec_responses *responses = &facts->run->scenario->responses;
    for (unsigned i = 0; !facts->ledger && i < responses->accepted_count; i++)
        if (responses->accepted[i].rank)
            return true;
    return facts->fair.ranked > 0 && !facts->ledger;
}

bool applies_has_pipeline(const struct case_file *facts)
{
    return !facts->foreign && (facts->given & (NEEDS_TIMELINE | NEEDS_PRODUCED)) != 0;
}

/* Runs of before there was this check have nobody who looked. */
bool applies_processes_watched(const struct case_file *facts)
{
    bool any = facts->run->target.looked > 0 && facts->answered;
    for (unsigned i = 0; i < facts->run->processes_count; i++)
        any |= facts->run->processes[i].looked > 0 || facts->run->processes[i].unexpected;
    return any && !facts->foreign;
}

bool applies_statements_watched(const struct case_file *facts)
{
    return facts->run->observed.known;
}

bool applies_waits_for_drained(const struct case_file *facts)
{
    return !facts->early && applies_has_pipeline(facts);
}

bool applies_has_one_pool(const struct case_file *facts)
{
    return !facts->ledger;
}

bool applies_has_keys(const struct case_file *facts)
{
    return facts->run->scenario->idempotency;
}

bool applies_has_items(const struct case_file *facts)
{
    return facts->ledger;
}

/* Is there an item of which there is one only? */
bool applies_has_seats(const struct case_file *facts)
{
    for (size_t i = 0; facts->ledger && i < facts->ledger->items->count; i++)
        if (facts->ledger->items->stock[i] == 1 && !facts->run->scenario->items->overbook)
            return true;
    return false;
}

bool applies_limits_own(const struct case_file *facts)
{
    return facts->ledger && facts->run->scenario->items->own_limit;
}

bool applies_acts(const struct case_file *facts)
{
    return facts->ledger && facts->run->scenario->actions_count;
}

bool applies_expires(const struct case_file *facts)
{
    return facts->ledger && facts->run->scenario->items->hold && applies_acts(facts);
}

/* May anything be given back? */
bool applies_gives_back(const struct case_file *facts)
{
    const struct scenario *scenario = facts->run->scenario;
    bool gives = facts->ledger && scenario->items->hold;
    for (unsigned i = 0; facts->ledger && i < scenario->actions_count; i++)
        gives = gives || scenario->actions[i].moves == MOVES_BACK;
    return gives;
}

bool applies_acts_for_others(const struct case_file *facts)
{
    const struct scenario *scenario = facts->run->scenario;
    for (unsigned i = 0; applies_acts(facts) && i < scenario->load_count; i++)
        if (scenario->load[i].kind == LOAD_ACTION && scenario->load[i].action.others)
            return true;
    return false;
}

bool applies_always(const struct case_file *facts)
{
    (void)facts;
    return true;
}
