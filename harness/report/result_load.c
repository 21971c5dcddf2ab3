/* What is told of the load of a run: its phases together. */
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
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

/* The first that has a gate; NULL: none has. */
static const struct load_phase_info *find_burst(const struct run *run)
{
    for (unsigned i = 0; i < result_load_count(run); i++)
        if (run->load[i].gate[0])
            return &run->load[i];
    return NULL;
}

const char *result_gate(const struct run *run)
{
    const struct load_phase_info *burst = find_burst(run);
    return burst ? burst->gate : "";
}

const char *result_sources(const struct run *run)
{
    for (unsigned i = 0; i < result_load_count(run); i++)
        if (run->load[i].source_addresses[0])
            return run->load[i].source_addresses;
    return "";
}

const char *result_carried(const struct run *run, char *ret_text, size_t size)
{
    const struct load_phase_info *burst = find_burst(run);
    ret_text[0] = '\0';
    if (burst && burst->streams > 1)
        snprintf(ret_text, size, "%s: %" PRId64 " streams on each of %" PRId64 " connections",
                 burst->protocol, burst->streams, burst->connections);
    return ret_text;
}

const char *result_entered(const struct run *run, char *ret_text, size_t size)
{
    char all[32], middle[32];
    ret_text[0] = '\0';
    for (unsigned i = 0; i < result_load_count(run) && !ret_text[0]; i++) {
        const struct load_phase_info *info = &run->load[i];
        units_format_duration(info->entered_spread, all, sizeof all);
        units_format_duration(info->entered_middle, middle, sizeof middle);
        if (info->entered)
            snprintf(ret_text, size,
                     "%" PRId64 " began within %s by the service's clock (p5 to p95 %s)",
                     info->entered, all, middle);
    }
    return ret_text;
}
