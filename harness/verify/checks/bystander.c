#include <string.h>

#include "base/units.h"
#include "verify/checks/judges.h"

static const struct bystander_period *period(const struct run *run, const char *name)
{
    for (unsigned i = 0; i < run->bystander_count; i++)
        if (!strcmp(run->bystander[i].name, name))
            return &run->bystander[i];
    return NULL;
}

/* Returns false when a limit is broken; the finding then says which. */
static bool within(const struct bystander_period *during, const struct spec_expect *expect,
                   struct finding *finding)
{
    const struct {
        const char *name;
        ns_t value, most;
    } limits[] = {{"p50", during->p50, expect->p50},
                  {"p90", during->p90, expect->p90},
                  {"p99", during->p99, expect->p99},
                  {"max", during->max, expect->max}};
    char actual[32], allowed[32];
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (!limits[i].most)
            continue;
        units_format_duration(limits[i].value, actual, sizeof actual);
        units_format_duration(limits[i].most, allowed, sizeof allowed);
        finding_expect(finding, "%s at most %s", limits[i].name, allowed);
        finding_actual(finding, "%s", actual);
        if (limits[i].value <= limits[i].most)
            continue;
        finding_set(finding, VERDICT_FAIL,
                    "another user of the database waited %s (%s), allowed are %s", actual,
                    limits[i].name, allowed);
        return false;
    }
    return true;
}

void judge_bystander(const struct case_file *facts, const struct spec_expect *expect,
                     struct finding *finding)
{
    const struct bystander_period *during = period(facts->run, "during");
    if (!during || !during->transactions) {
        finding_set(finding, VERDICT_FAIL,
                    "the bystander got no transaction through: a figure without samples fails");
        return;
    }
    if (!within(during, expect, finding))
        return;
    if (during->errors > expect->at_most)
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " of the bystander's transactions failed",
                    during->errors);
    else
        finding_set(finding, VERDICT_PASS, "%" PRId64 " transactions of another user went through",
                    during->transactions);
}
