/* What several judges say in the same words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verify/checks/judges.h"

void judge_absent(struct finding *finding, const char *message, ...)
{
    char text[sizeof finding->message];
    va_list args;
    va_start(args, message);
    vsnprintf(text, sizeof text, message, args);
    va_end(args);
    finding_set(finding, VERDICT_FAIL, "%s", text);
    finding->absent = true;
}

bool judge_uncertain_order(const struct case_file *facts, struct finding *finding)
{
    int64_t early = 0;
    for (unsigned i = 0; i < RUN_LOAD_PHASES_MAX; i++)
        early += facts->run->load[i].late_stamps;
    if (!early)
        return false;
    finding_set(finding, VERDICT_UNKNOWN,
                "contradictions were seen, but %" PRId64
                " request%s may have left before the release "
                "that was stamped: who came first is not certain",
                early, plural(early));
    finding_hint(finding, "stage faster, or load.burst.gate: last_byte");
    return true;
}

void judge_no_memory(struct finding *finding)
{
    finding_set(finding, VERDICT_UNKNOWN, "not judged: out of memory");
}

const char *judge_left_over(const struct case_file *facts)
{
    return facts->foreign || facts->run->scenario->processes_count
               ? ""
               : " Or a store that the run does not empty remembers the last one (a counter, who "
                 "has applied): --reset or stack.reset empties it, --counter shows it";
}

int64_t judge_growth(const struct case_file *facts)
{
    const struct counter_reading *counter = &facts->run->evidence.counter;
    const struct spec_counter *spec = facts->run->scenario->evidence.counter;
    int64_t growth = counter->after - counter->before;
    return spec && spec->down ? -growth : growth;
}
