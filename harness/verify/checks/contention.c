/* How much statements of one shape were in each other's way inside their store. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "verify/checks/judges.h"

/* Those that wait by what they are, as BLPOP does, are no crowd; nor is what a pool says to see
 * whether it is still connected. */
static bool is_meant(const struct observed_shape *shape, const char *text)
{
    static const char *const waiting[] = {"housekeeping", "blocking", "subscribe"};
    if (text)
        return strcasestr(shape->text, text) != NULL;
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
        if (!strcmp(shape->kind, waiting[i]))
            return false;
    return true;
}

/* A figure of one shape beside its limit; the first one that is broken stays. */
struct crowd {
    const struct spec_expect *expect;
    struct finding *finding;
    bool broken, any; /* any: there was a figure */
};

static void compare(struct crowd *crowd, const struct observed_shape *shape, const char *what,
                    const char *most, const char *actual, bool within)
{
    crowd->any = true;
    if (crowd->broken)
        return;
    finding_expect(crowd->finding, "%s at most %s", what, most);
    finding_actual(crowd->finding, "%s", actual);
    if (within)
        return;
    crowd->broken = true;
    finding_set(crowd->finding, VERDICT_FAIL, "%s of `%.120s` (%s, %s) is %s, allowed are %s", what,
                shape->text, shape->process, shape->store, actual, most);
    finding_hint(crowd->finding,
                 "they wait for each other on the same rows or keys: decide by one statement that "
                 "is atomic, or let fewer in at once");
}

static void compare_count(struct crowd *crowd, const struct observed_shape *shape)
{
    char most[32], actual[32];
    int64_t allowed = crowd->expect->at_most;
    snprintf(most, sizeof most, "%" PRId64, allowed);
    snprintf(actual, sizeof actual, "%" PRId64, shape->at_once);
    if (allowed)
        compare(crowd, shape, "the number at once", most, actual, shape->at_once <= allowed);
}

static void compare_spans(struct crowd *crowd, const struct observed_shape *shape)
{
    const struct {
        const char *name;
        ns_t value, most;
    } limits[] = {{"p50", shape->p50, crowd->expect->p50},
                  {"p99", shape->p99, crowd->expect->p99},
                  {"max", shape->max, crowd->expect->max}};
    char most[32], actual[32];
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i].most && shape->statements > shape->unanswered)
            compare(crowd, shape, limits[i].name,
                    units_format_duration(limits[i].most, most, sizeof most),
                    units_format_duration(limits[i].value, actual, sizeof actual),
                    limits[i].value <= limits[i].most);
}

void judge_contention(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    const struct observed *observed = &facts->run->observed;
    struct crowd crowd = {.expect = expect, .finding = finding};
    if (!observed->known) {
        finding_set(finding, VERDICT_UNKNOWN, "nobody saw the statements");
        finding_hint(finding, "add `between: observe` (--between observe)");
        return;
    }
    for (unsigned i = 0; i < observed->count; i++) {
        if (!is_meant(&observed->v[i], expect->query))
            continue;
        compare_count(&crowd, &observed->v[i]);
        compare_spans(&crowd, &observed->v[i]);
    }
    if (crowd.broken)
        return;
    if (crowd.any)
        finding_set(finding, VERDICT_PASS, "statements are within the limits");
    else
        finding_set(finding, VERDICT_UNKNOWN,
                    "no statement%s%.100s%s was answered, or no limit is given",
                    expect->query ? " with `" : "", expect->query ? expect->query : "",
                    expect->query ? "`" : "");
}
