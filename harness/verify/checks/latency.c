#include <stdlib.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "verify/checks/judges.h"

struct limit {
    const char *name;
    double quantile;
    ns_t most;
};

static void judge_limits(const struct hist *hist, const struct limit *limits, size_t count,
                         struct finding *finding)
{
    char expected[32], actual[32];
    const struct limit *worst = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!limits[i].most)
            continue;
        ns_t value = hist_quantile(hist, limits[i].quantile);
        bool over = value > limits[i].most;
        if (worst && !over)
            continue;
        units_format_duration(limits[i].most, expected, sizeof expected);
        units_format_duration(value, actual, sizeof actual);
        finding_expect(finding, "%s at most %s", limits[i].name, expected);
        finding_actual(finding, "%s", actual);
        if (over && !worst) {
            worst = &limits[i];
            finding_set(finding, VERDICT_FAIL,
                        "%s is %s, allowed are %s (from the scheduled start)", limits[i].name,
                        actual, expected);
        }
    }
}

/* From the scheduled start, so that a service that stalls cannot hide it by answering less often.
 */
void judge_latency(const struct case_file *facts, const struct spec_expect *expect,
                   struct finding *finding)
{
    const struct limit limits[] = {{"p50", 0.50, expect->p50},
                                   {"p90", 0.90, expect->p90},
                                   {"p99", 0.99, expect->p99},
                                   {"max", 1.00, expect->max}};
    _cleanup_free_ struct hist *hist = malloc(sizeof *hist);
    if (!hist) {
        judge_no_memory(finding);
        return;
    }
    hist_init(hist);
    tally_latency(&facts->run->history, TALLY_ALL_PHASES, hist, NULL);
    if (!hist->total) {
        finding_set(finding, facts->sent ? VERDICT_FAIL : VERDICT_UNKNOWN, "no request was %s",
                    facts->sent ? "answered: a figure without samples fails" : "sent");
        return;
    }
    if (!expect->p50 && !expect->p90 && !expect->p99 && !expect->max) {
        finding_set(finding, VERDICT_UNKNOWN, "no limit is given");
        finding_hint(finding, "add {check: latency, p99: 200ms}");
        return;
    }
    finding_set(finding, VERDICT_PASS, "latency is within its limits over %" PRIu64 " answers",
                hist->total);
    judge_limits(hist, limits, sizeof limits / sizeof *limits, finding);
}
