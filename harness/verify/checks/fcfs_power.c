#include "verify/checks/judges.h"
#include "verify/ledger.h"

void judge_fcfs_power(const struct case_file *facts, const struct spec_expect *expect,
                      struct finding *finding)
{
    const struct fair_view *view = &facts->fair;
    int64_t pairs = 0, all = 0;
    if (facts->ledger ? ledger_power(facts, &pairs, &all) : fair_power(view, &pairs, &all)) {
        judge_no_memory(finding);
        return;
    }
    double percent = all ? 100.0 * (double)pairs / (double)all : 0;
    finding_expect(finding, "at least %" PRId64 " %% of all pairs%s", expect->power_percent,
                   facts->ledger ? " of one item" : "");
    finding_actual(finding, "%.1f %%: %" PRId64 " of %" PRId64, percent, pairs, all);
    if (!view->accepted || !view->rejected) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "it takes a yes and a no: otherwise nobody can have been treated unfairly");
        finding_hint(finding, "send more users than the limit");
        return;
    }
    if (all && percent >= (double)expect->power_percent) {
        finding_set(
            finding, VERDICT_PASS,
            "%.1f %% of all pairs of decisions were ordered in time: unfairness had its chance "
            "to show",
            percent);
        return;
    }
    finding_set(
        finding, VERDICT_UNKNOWN,
        "only %.1f %% of all pairs of decisions were ordered in time: this run proves safety, "
        "not fairness",
        percent);
    finding_hint(finding, "spread the load: load: [{waves: {waves: 20, size: 10, every: 20ms}}]");
}
