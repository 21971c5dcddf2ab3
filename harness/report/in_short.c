#include "report/in_short.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/check.h"
#include "model/power.h"

/* By the checks' names, the graver first: the first of them that failed is what went wrong. */
static const struct {
    const char *check, *means;
} meanings[] = {
    {"cap_safety", "more were given out than there were"},
    {"cap_exact", "the number given out is not the number there was"},
    {"lost", "people who were told yes have nothing"},
    {"phantom", "people who were told no have one all the same"},
    {"duplicate", "somebody got two"},
    {"unexpected", "something was given to people who never asked"},
    {"retry", "asking twice was not the same as asking once"},
    {"fcfs", "somebody who came later was served before one who came earlier"},
    {"fcfs_distance", "people who came later were served before people who came earlier"},
    {"fcfs_rank", "people were told places in the queue that are wrong"},
    {"counter", "the counter does not agree with what was given out"},
    {"slots_burned", "places were used up for nobody"},
    {"parked", "people who were told yes were put aside instead of served"},
    {"drained", "what was promised did not arrive in time"},
    {"late", "something wrong came after everything seemed to be done"},
    {"undecided", "people are still waiting for an answer"},
    {"errors", "people got an error instead of an answer"},
    {"processes", "a part of the service broke down"},
    {"response_classified", "people got answers that mean nothing"},
    {"latency", "people waited longer than they may"},
    {"contention", "people waited for each other in the database"},
    {"bystander", "others who use the same database were slowed down"},
    {"sql", "the books do not say what they must"},
    {"redis", "the books do not say what they must"},
    {"burst_simultaneous", "people did not come at the same moment"},
    {"not_vacuous", "nothing was tried that could have failed"},
    {"observed", "not everything could be watched"},
    {"fcfs_power", "too few came one after the other to tell who was first"},
};
enum { MEANINGS = sizeof meanings / sizeof *meanings };

const char *in_short_of(const char *check)
{
    for (size_t i = 0; i < MEANINGS; i++)
        if (!strcmp(meanings[i].check, check))
            return meanings[i].means;
    return checks_find(check) ? checks_title(check) : NULL;
}

static const char *first_meaning(const struct run *run, enum verdict verdict)
{
    for (size_t i = 0; i < MEANINGS; i++)
        for (size_t k = 0; k < run->findings.count; k++)
            if (run->findings.v[k].verdict == verdict &&
                !strcmp(run->findings.v[k].check, meanings[i].check))
                return meanings[i].means;
    for (size_t k = 0; k < run->findings.count; k++)
        if (run->findings.v[k].verdict == verdict && *checks_title(run->findings.v[k].check))
            return checks_title(run->findings.v[k].check);
    return "a rule that was set for it does not hold";
}

static bool has_burst(const struct run *run)
{
    for (unsigned i = 0; i < run->scenario->load_count; i++)
        if (run->scenario->load[i].kind == LOAD_BURST)
            return true;
    return false;
}

static size_t add(char *text, size_t size, size_t used, const char *what)
{
    if (used < size)
        used += (size_t)snprintf(text + used, size - used, "%s", what);
    return used < size ? used : size - 1;
}

/* What a pass does not say. */
static size_t add_limits(const struct run *run, char *text, size_t size, size_t used)
{
    struct power power;
    char span[32], limits[256];
    power_of(run, &power);
    if (power.kind == POWER_STATED)
        snprintf(limits, sizeof limits,
                 "A flaw that needs two of them closer together than %s, or another load than this "
                 "one, might not have shown.",
                 units_format_duration(power.window, span, sizeof span));
    else
        snprintf(limits, sizeof limits,
                 "A flaw that needs more of them at the same moment might not have shown.");
    return add(text, size, used, limits);
}

const char *in_short(const struct run *run, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    if (!run->scenario || !run->tally.sent)
        return ret_text;
    size_t used = (size_t)snprintf(
        ret_text, size, "%" PRId64 " requests came %s for %" PRId64 " places: ", run->tally.sent,
        has_burst(run) ? "at the same moment" : "over some time", run->scenario->limit);
    switch (run->verdict) {
    case VERDICT_PASS:
        used = add(ret_text, size, used,
                   "nobody got too much, nobody was forgotten, and what was looked at adds up; too "
                   "many given out, one lost or one served twice would have shown. ");
        add_limits(run, ret_text, size, used);
        break;
    case VERDICT_FAIL:
        used = add(ret_text, size, used, first_meaning(run, VERDICT_FAIL));
        add(ret_text, size, used,
            ". This was seen in what the service itself has written, and does not go away by "
            "trying again; whether it has other faults as well was not shown.");
        break;
    case VERDICT_UNKNOWN:
        used = add(ret_text, size, used, "nothing can be said about the service, because ");
        used =
            add(ret_text, size, used,
                run->interrupted ? "the trial was stopped" : first_meaning(run, VERDICT_UNKNOWN));
        add(ret_text, size, used,
            ". This is neither good nor bad news: the trial has to be made again.");
        break;
    }
    return ret_text;
}
