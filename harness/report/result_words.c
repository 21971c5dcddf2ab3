/* What reports say of a run in the same words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/gate.h"
#include "report/result.h"

const char *result_attempt(const struct run *run, char *ret_text, size_t size)
{
    int64_t before = run->attempt - 1;
    ret_text[0] = '\0';
    if (before == 1)
        snprintf(ret_text, size, "attempt 2: the one before it was no burst and does not count");
    else if (before > 1)
        snprintf(ret_text, size,
                 "attempt %" PRId64 ": the %" PRId64 " before it were no bursts and do not count",
                 run->attempt, before);
    return ret_text;
}

const char *result_release(const struct run *run, char *ret_text, size_t size)
{
    struct tally tally = run->tally;
    char spread[32], middle[32], text[32], floor[48] = "";
    result_burst(run, &tally);
    if (result_floor(run))
        snprintf(floor, sizeof floor, "floor %s",
                 units_format_duration(result_floor(run), text, sizeof text));
    units_format_duration(tally.spread, spread, sizeof spread);
    units_format_duration(tally.spread_p5_p95, middle, sizeof middle);
    if (gate_freezes(result_gate(run)) && !tally.spread)
        snprintf(ret_text, size, "all at once by construction%s%s%s", *floor ? " (" : "", floor,
                 *floor ? ")" : "");
    else
        snprintf(ret_text, size, "%swithin %s (p5 to p95 %s%s%s)",
                 gate_connects(result_gate(run)) ? "all connects " : "", spread, middle,
                 *floor ? ", " : "", floor);
    return ret_text;
}

bool result_judged(const struct run *run)
{
    return run->tally.sent || !run->error[0];
}

/* What failed is proved, whatever a run without it would have proved. */
static bool is_refuted(const struct run *run)
{
    const struct finding *vacuous = findings_find(&run->findings, "not_vacuous");
    return run->verdict == VERDICT_FAIL && vacuous && !strcmp(vacuous->message, run->invalid);
}

const char *result_invalid(const struct run *run)
{
    return strstr(run->explanation, run->invalid) || is_refuted(run) ? "" : run->invalid;
}
