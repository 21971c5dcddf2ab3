#include "report/in_short.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/check.h"
#include "model/power.h"

/* By the checks' names, the graver first. `means`: what went wrong, of the first of them that
 * failed. `open`: why nothing is known, of the one that the headline is about. */
static const struct {
    const char *check, *means, *open;
} meanings[] = {
    {"cap_safety", "more were given out than there were",
     "how many were given out could not be counted to the end"},
    {"cap_exact", "the number given out is not the number there was",
     "how many were given out could not be counted to the end"},
    {"lost", "people who were told yes have nothing",
     "it could not be seen whether everybody who was told yes got something"},
    {"phantom", "people who were told no have one all the same",
     "it could not be seen whether somebody who was told no got one all the same"},
    {"duplicate", "somebody got two", "it could not be seen whether somebody got two"},
    {"unexpected", "something was given to people who never asked",
     "it could not be seen whether everything was given to people who had asked"},
    {"retry", "asking twice was not the same as asking once",
     "it could not be seen what asking twice did"},
    {"fcfs", "no order in which people may have come explains who was served",
     "it could not be seen who came first"},
    {"fcfs_distance", "people who came later were served before people who came earlier",
     "it could not be seen who came first"},
    {"fcfs_rank", "people were told places in the queue that are wrong",
     "it could not be seen whether the places that people were told are right"},
    {"counter", "the counter does not agree with what was given out",
     "the counter could not be read, or did not come to rest"},
    {"slots_burned", "places were used up for nobody",
     "it could not be seen whether places were used up for nobody"},
    {"parked", "people who were told yes were put aside instead of served",
     "it could not be seen what became of people who were put aside"},
    {"drained", "what was promised did not arrive in time",
     "not everything that was under way had arrived when the time was over"},
    {"late", "something wrong came after everything seemed to be done",
     "something still moved when everything seemed to be done"},
    {"undecided", "people are still waiting for an answer",
     "people are still waiting for an answer"},
    {"errors", "people got an error instead of an answer",
     "not everybody had an answer when the time for it was over"},
    {"processes", "a part of the service broke down",
     "it is not certain that every part of the service ran to the end"},
    {"response_classified", "people got answers that mean nothing",
     "it is not known what the answers mean"},
    {"latency", "people waited longer than they may",
     "it could not be measured how long people waited"},
    {"contention", "people waited for each other in the database",
     "it could not be measured how long people waited for each other"},
    {"bystander", "others who use the same database were slowed down",
     "it could not be measured what others who use the same database felt"},
    {"sql", "the books do not say what they must", "the books could not be read"},
    {"redis", "the books do not say what they must", "the books could not be read"},
    {"burst_simultaneous", "people did not come at the same moment",
     "people did not come at the same moment"},
    {"not_vacuous", "nothing was tried that could have failed",
     "what came back was not enough to judge by"},
    {"observed", "not everything could be watched", "not everything could be watched"},
    {"fcfs_power", "too few came one after the other to tell who was first",
     "too few came one after the other to tell who was first"},
};
enum { MEANINGS = sizeof meanings / sizeof *meanings };

const char *in_short_of(const char *check)
{
    for (size_t i = 0; i < MEANINGS; i++)
        if (!strcmp(meanings[i].check, check))
            return meanings[i].means;
    return checks_find(check) ? checks_title(check) : NULL;
}

static const char *what_failed(const struct run *run)
{
    for (size_t i = 0; i < MEANINGS; i++)
        for (size_t k = 0; k < run->findings.count; k++)
            if (run->findings.v[k].verdict == VERDICT_FAIL &&
                !strcmp(run->findings.v[k].check, meanings[i].check))
                return meanings[i].means;
    for (size_t k = 0; k < run->findings.count; k++)
        if (run->findings.v[k].verdict == VERDICT_FAIL && *checks_title(run->findings.v[k].check))
            return checks_title(run->findings.v[k].check);
    return "a rule that was set for it does not hold";
}

static const char *what_is_open(const struct run *run)
{
    if (run->interrupted)
        return "the trial was stopped";
    for (size_t i = 0; i < MEANINGS; i++)
        if (!strcmp(run->cause, meanings[i].check))
            return meanings[i].open;
    return "not everything that a judgement needs could be seen";
}

static bool passed(const struct run *run, const char *check)
{
    const struct finding *finding = findings_find(&run->findings, check);
    return finding && finding->verdict == VERDICT_PASS;
}

static bool is_about_time(const char *check)
{
    static const char *const slow[] = {"errors", "latency", "contention", "bystander"};
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (!strcmp(check, slow[i]))
            return true;
    return false;
}

/* Did nothing fail but how quick it was? */
static bool depends_on_machine(const struct run *run)
{
    for (size_t i = 0; i < run->findings.count; i++)
        if (run->findings.v[i].verdict == VERDICT_FAIL && !is_about_time(run->findings.v[i].check))
            return false;
    return true;
}

/* Were the rows only counted while some may still have been on their way? */
static bool asked_early(const struct run *run)
{
    for (size_t i = 0; i < run->findings.count; i++)
        if (run->findings.v[i].verdict == VERDICT_FAIL &&
            strcmp(run->findings.v[i].check, "cap_exact") != 0)
            return false;
    return run->scenario->wait != WAIT_DRAINED;
}

/* What a fail does not say. */
static const char *what_follows(const struct run *run)
{
    if (asked_early(run))
        return " when that was asked, and some may still have been on their way then: this says "
               "how the question was put, not whether anybody was forgotten.";
    return depends_on_machine(run)
               ? ". A machine that is too slow for so many at once can do that to a service that "
                 "is right: try fewer requests, or give an answer more time."
               : ". This was seen in what the service itself has answered and written, and does "
                 "not go away by trying again; whether it has other faults as well was not "
                 "shown.";
}

/* "at the same moment", of a burst that was one. */
static const char *how_close(const struct run *run, char *ret_text, size_t size)
{
    char span[32];
    bool burst = false;
    for (unsigned i = 0; i < run->scenario->load_count; i++)
        burst |= run->scenario->load[i].kind == LOAD_BURST;
    if (!burst)
        return "over some time";
    if (passed(run, "burst_simultaneous") || !run->tally.spread)
        return "at the same moment";
    snprintf(ret_text, size, "within %s",
             units_format_duration(run->tally.spread, span, sizeof span));
    return ret_text;
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
    char limit[AMOUNT_TEXT], close[48];
    bool amounts = run->scenario->items && run->scenario->items->decimals;
    size_t used = (size_t)snprintf(
        ret_text, size, "%" PRId64 " requests came %s for %s %s: ", run->tally.sent,
        how_close(run, close, sizeof close), items_spell_limit(run->scenario, limit),
        amounts                     ? "in all"
        : run->scenario->limit == 1 ? "place"
                                    : "places");
    switch (run->verdict) {
    case VERDICT_PASS:
        used = add(ret_text, size, used,
                   passed(run, "lost")
                       ? "nobody got too much, nobody was forgotten, and what was looked at adds "
                         "up; too many given out, one lost or one served twice would have shown. "
                       : "nobody got too much, and what was looked at adds up; too many given out "
                         "would have shown, somebody lost would not: not everything was looked "
                         "at. ");
        add_limits(run, ret_text, size, used);
        break;
    case VERDICT_FAIL:
        used = add(ret_text, size, used, what_failed(run));
        add(ret_text, size, used, what_follows(run));
        break;
    case VERDICT_UNKNOWN:
        used = add(ret_text, size, used, "nothing can be said about the service, because ");
        used = add(ret_text, size, used, what_is_open(run));
        add(ret_text, size, used,
            ". This is neither good nor bad news: the trial has to be made again.");
        break;
    }
    return ret_text;
}
