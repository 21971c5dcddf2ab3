/* What several judges say in the same words. */
#include <stdarg.h>
#include <stdio.h>

#include "verify/checks/judges.h"

void judge_expect_range(struct finding *finding, int64_t low, int64_t high)
{
    if (low == high)
        finding_expect(finding, "%" PRId64, low);
    else
        finding_expect(finding, "%" PRId64 " to %" PRId64, low, high);
}

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
