#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/gate.h"
#include "verify/checks/judges.h"

/* A burst is one by the harness's own stamps: enough of it was on its way at once, and it left
 * within what the scenario requires, or else what this machine manages: load/phases/phase_burst.c
 * resolves it before the release. These stand in for runs whose phases carry no resolved bounds. */
#define DEFAULT_SPREAD  (10 * NS_PER_MS)
#define DEFAULT_PERCENT 90

static ns_t required_spread(const struct load_phase_info *info, const struct spec_require *require)
{
    if (info->require_spread)
        return info->require_spread;
    return require && require->spread ? require->spread : DEFAULT_SPREAD;
}

static int64_t required_in_flight(const struct load_phase_info *info,
                                  const struct spec_require *require, int64_t planned)
{
    if (info->require_in_flight)
        return info->require_in_flight;
    if (require && require->in_flight)
        return require->in_flight;
    return planned * DEFAULT_PERCENT / 100;
}

/* What is let go at once, and stamped. */
static const char *what_left(const struct load_phase_info *info)
{
    return gate_connects(info->gate) ? "connects" : "requests";
}

/* Is the bound the scenario's own, and not this machine's? */
static bool is_promised(const struct spec_require *require)
{
    return require && require->spread;
}

/* How wide it was at most: the clocks of several agents are known to within their bounds. */
static ns_t widest(const struct tally *tally)
{
    return tally->spread + tally->spread_doubt;
}

/* "3.1 ms", "3.1 ms + 0.2 ms of clocks" */
static const char *spell_spread(const struct tally *tally, char *ret_text, size_t size)
{
    char doubt[32];
    units_format_duration(tally->spread, ret_text, size);
    size_t used = strlen(ret_text);
    if (tally->spread_doubt)
        snprintf(ret_text + used, size - used, " + %s of clocks",
                 units_format_duration(tally->spread_doubt, doubt, sizeof doubt));
    return ret_text;
}

static void say_wide(const struct load_phase_info *info, const struct spec_require *require,
                     const struct tally *tally, ns_t most, bool own, int64_t attempt,
                     struct finding *finding)
{
    char spread[80], allowed[32], floor[32], why[96] = "", again[64];
    spell_spread(tally, spread, sizeof spread);
    units_format_duration(most, allowed, sizeof allowed);
    units_format_duration(info->floor_spread, floor, sizeof floor);
    if (info->floor_spread && !is_promised(require))
        snprintf(why, sizeof why, " (this machine's floor beside the idle target is %s)", floor);
    finding_set(finding, VERDICT_UNKNOWN,
                "this was not a burst: its %" PRId64 " %s left within %s, allowed are %s%s",
                tally->sent, what_left(info), spread, allowed, why);
    if (attempt > 1)
        snprintf(again, sizeof again, "none of %" PRId64 " attempts was one: ", attempt);
    else
        snprintf(again, sizeof again, "--retry-invalid 3%s, ", own ? "" : " with --reset");
    finding_hint(finding,
                 "%sa quieter machine, fewer requests%s; or real-time priority: an "
                 "rtprio limit, setcap cap_sys_nice, --cap-add SYS_NICE, --ulimit rtprio: "
                 "`rushproof doctor` tells which works",
                 again, is_promised(require) ? ", a wider load.burst.require.spread" : "");
}

static void say_pass(const struct load_phase_info *info, const struct tally *tally,
                     struct finding *finding)
{
    char spread[80];
    spell_spread(tally, spread, sizeof spread);
    if (gate_freezes(info->gate) && !tally->spread)
        finding_set(finding, VERDICT_PASS,
                    "all at once by construction: the target was stopped until all %" PRId64
                    " requests lay in its sockets",
                    tally->sent);
    else
        finding_set(finding, VERDICT_PASS,
                    "%" PRId64 " %s left within %s, up to %" PRId64 " on their way at once",
                    tally->sent, what_left(info), spread, tally->peak_in_flight);
}

/* Returns false when this burst was not one; the finding then says so. */
static bool judge_burst(const struct case_file *facts, unsigned phase, struct finding *finding)
{
    const struct load_phase_info *info = &facts->run->load[phase];
    const struct spec_require *require = facts->run->scenario->load[phase].burst.require;
    struct tally tally;
    if (tally_make(&facts->run->history, (int)phase, &tally, NULL)) {
        judge_no_memory(finding);
        return false;
    }
    ns_t most = required_spread(info, require);
    int64_t least = required_in_flight(info, require, tally.planned);
    char spread[80], allowed[32];
    spell_spread(&tally, spread, sizeof spread);
    units_format_duration(most, allowed, sizeof allowed);
    finding_expect(finding, "spread at most %s, in flight at least %" PRId64, allowed,
                   least > 0 ? least : 0);
    finding_actual(finding, "%s, %" PRId64,
                   gate_freezes(info->gate) && !tally.spread ? "all at once" : spread,
                   tally.peak_in_flight);
    if (!tally.sent) {
        finding_set(finding, VERDICT_UNKNOWN, "the burst was not fired");
    } else if (widest(&tally) > most) {
        say_wide(info, require, &tally, most, facts->run->scenario->processes_count,
                 facts->run->attempt, finding);
    } else if (tally.peak_in_flight < least) {
        finding_set(finding, VERDICT_UNKNOWN,
                    "this was not a burst: at most %" PRId64 " of %" PRId64
                    " requests were on their way at once, %" PRId64 " are required",
                    tally.peak_in_flight, tally.sent, least);
        finding_hint(finding, "the service answers faster than the burst is fired: use a tighter "
                              "gate, or lower load.burst.require.in_flight");
    } else {
        say_pass(info, &tally, finding);
    }
    return finding->verdict == VERDICT_PASS;
}

void judge_burst_simultaneous(const struct case_file *facts, const struct spec_expect *expect,
                              struct finding *finding)
{
    (void)expect;
    const struct scenario *scenario = facts->run->scenario;
    finding_set(finding, VERDICT_UNKNOWN, "the load has no burst");
    finding_hint(finding, "add load: [{burst: {requests: 1000}}]");
    for (unsigned i = 0; i < scenario->load_count && i < RUN_LOAD_PHASES_MAX; i++)
        if (scenario->load[i].kind == LOAD_BURST) {
            finding_hint(finding, "%s", "");
            if (!judge_burst(facts, i, finding))
                return;
        }
}
