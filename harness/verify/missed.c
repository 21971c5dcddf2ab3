#include "verify/missed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

/* How many of the scenario's faults up to this one are to be noted by that name. */
static unsigned asked(const struct scenario *scenario, unsigned last, const char *event)
{
    char other[sizeof((struct run_event *)0)->what];
    unsigned count = 0;
    for (unsigned i = 0; i <= last; i++) {
        fault_event(scenario->faults[i].action, scenario->faults[i].target, other, sizeof other);
        count += !strcmp(other, event);
    }
    return count;
}

static unsigned carried_out(const struct run *run, const char *event)
{
    unsigned count = 0;
    for (unsigned i = 0; i < run->events_count; i++)
        count += !strcmp(run->events[i].what, event);
    return count;
}

static bool has_ended(const struct run *run, const char *name)
{
    for (unsigned i = 0; i < run->processes_count; i++)
        if (!strcmp(run->processes[i].name, name) && run->processes[i].ended)
            return true;
    return false;
}

static void say(const struct run *run, unsigned place, const char *event, char *ret_text,
                size_t size)
{
    const struct spec_fault *fault = &run->scenario->faults[place];
    char span[32] = "";
    int used = snprintf(ret_text, size, "faults.%u (%s) was never carried out: ", place, event);
    if (used < 0 || (size_t)used >= size)
        return;
    ret_text += used;
    size -= (size_t)used;
    units_format_duration(fault->at, span, sizeof span);
    if (has_ended(run, fault->target)) {
        snprintf(ret_text, size, "%s had ended by itself", fault->target);
        return;
    }
    switch (fault->when) {
    case WHEN_ROWS:
        snprintf(ret_text, size,
                 "%" PRId64 " rows were not seen in time; a smaller count, or `when: time`",
                 fault->count);
        break;
    case WHEN_ANSWERED:
        snprintf(ret_text, size,
                 "%" PRId64 " answers were not seen in time; a smaller count, or `when: time`",
                 fault->count);
        break;
    case WHEN_HELD:
        snprintf(ret_text, size,
                 "%" PRId64 " answers of `hold` were not kept back at a time; a smaller count",
                 fault->count);
        break;
    case WHEN_LAST_RESPONSE:
        snprintf(
            ret_text, size,
            "it was due %s after the last response, and the run was over by then; a shorter `at`",
            span);
        break;
    case WHEN_TIME:
        snprintf(ret_text, size,
                 "it was due %s after the release, and the run was over by then; a shorter `at`, "
                 "or a longer load",
                 span);
        break;
    }
}

bool missed_fault(const struct run *run, char *ret_text, size_t size)
{
    const struct scenario *scenario = run->scenario;
    char event[sizeof((struct run_event *)0)->what];
    bool full = run->events_count == RUN_EVENTS_MAX; /* more may have come than were noted */
    for (unsigned i = 0; i < scenario->faults_count && !run->error[0] && !full; i++) {
        fault_event(scenario->faults[i].action, scenario->faults[i].target, event, sizeof event);
        if (carried_out(run, event) >= asked(scenario, i, event))
            continue;
        say(run, i, event, ret_text, size);
        return true;
    }
    return false;
}
