/* What is told of the load of a run: its phases together. */
#include "report/result.h"

unsigned result_load_count(const struct run *run)
{
    unsigned count = run->scenario ? run->scenario->load_count : 0;
    return count < RUN_LOAD_PHASES_MAX ? count : RUN_LOAD_PHASES_MAX;
}

bool result_burst(const struct run *run, struct tally *ret_tally)
{
    bool any = false;
    for (unsigned i = 0; i < result_load_count(run); i++) {
        struct tally tally = run->tally;
        if (run->scenario->load[i].kind != LOAD_BURST ||
            (result_load_count(run) > 1 && tally_make(&run->history, (int)i, &tally, NULL)))
            continue;
        if (!any || tally.spread > ret_tally->spread)
            *ret_tally = tally;
        any = true;
    }
    return any;
}

ns_t result_floor(const struct run *run)
{
    ns_t floor = 0;
    for (unsigned i = 0; i < result_load_count(run); i++)
        if (run->load[i].floor_spread > floor)
            floor = run->load[i].floor_spread;
    return floor;
}

const char *result_gate(const struct run *run)
{
    for (unsigned i = 0; i < result_load_count(run); i++)
        if (run->load[i].gate[0])
            return run->load[i].gate;
    return "";
}
