#include "verify/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "model/power.h"

#define SPAN_TEXT 32

static const struct finding *first_with(const struct run *run, enum verdict verdict)
{
    /* What a reader asks first; everything else in the order of the table. */
    static const char *const order[] = {"cap_exact", "lost", "cap_safety", "phantom", "duplicate"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct finding *finding = findings_find(&run->findings, order[i]);
        if (finding && finding->verdict == verdict)
            return finding;
    }
    for (size_t i = 0; i < run->findings.count; i++)
        if (run->findings.v[i].verdict == verdict)
            return &run->findings.v[i];
    return NULL;
}

static bool failed(const struct run *run, const char *check)
{
    const struct finding *finding = findings_find(&run->findings, check);
    return finding && finding->verdict == VERDICT_FAIL;
}

static ns_t last_row(const struct drain_result *drain)
{
    return drain->last_commit ? drain->last_commit : drain->last_growth;
}

/* ---- asked too early ---- */

static void say_waiting(const struct run *run, int64_t missing, struct buf *text)
{
    const struct spec_pipeline *pipeline = run->scenario->evidence.pipeline;
    int64_t lag = run->drain.lag_at_assert;
    if (pipeline && pipeline->topics_count && lag > 0)
        buf_addf(text, "%" PRId64 " record%s %s still in %s", lag, lag == 1 ? "" : "s",
                 lag == 1 ? "was" : "were", pipeline->topics[0]);
    else
        buf_addf(text, "%" PRId64 " row%s still to come", missing,
                 missing == 1 ? " was" : "s were");
}

/* "not lost: 76 records were still in coupon_create; they were all rows 412 ms later" */
static void say_early(const struct run *run, int64_t missing, struct buf *text)
{
    const struct drain_result *drain = &run->drain;
    const struct finding *lost = findings_find(&run->findings, "lost");
    char later[SPAN_TEXT];
    ns_t last = last_row(drain), end = last > drain->asserted ? last : drain->decided;
    units_format_duration(end > drain->asserted ? end - drain->asserted : 0, later, sizeof later);
    bool arrived = lost ? lost->verdict == VERDICT_PASS : drain->outcome == DRAIN_DRAINED;
    if (arrived) {
        buf_adds(text, "not lost: ");
        say_waiting(run, missing, text);
        buf_addf(text, "; they were all rows %s later", later);
    } else if (lost && lost->verdict == VERDICT_FAIL) {
        say_waiting(run, missing, text);
        buf_addf(text, "; %s later not all of them were rows", later);
    } else {
        say_waiting(run, missing, text);
        buf_addf(text, "; whether they became rows is not known (%s)",
                 drain_outcome_name(drain->outcome));
    }
}

/* ---- whom ---- */

/* "users 7, 12, 40 and 3 more" */
static void name_users(const struct finding *finding, struct buf *text)
{
    enum { SHOWN = 5 };
    size_t shown = finding->witnesses_count < SHOWN ? finding->witnesses_count : SHOWN;
    for (size_t i = 0; i < shown; i++)
        buf_addf(text, "%s%" PRId64,
                 i           ? ", "
                 : shown > 1 ? "users "
                             : "user ",
                 finding->witnesses[i].user.value);
    if (finding->witnesses_count > shown)
        buf_addf(text, " and %zu more", finding->witnesses_count - shown);
}

/* Who is behind a wrong count, when a check knows: sentences in the order of a reader's questions.
 */
static bool say_who(const struct run *run, struct buf *text)
{
    static const struct {
        const char *check;
        const char *what;
    } culprits[] = {
        {"lost", "told yes and without a coupon"},
        {"unexpected", "with a coupon, but not asked in this run"},
        {"phantom", "told no and with a coupon"},
        {"parked", "parked"},
        {"duplicate", "with more than one coupon or record"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof culprits / sizeof *culprits; i++) {
        const struct finding *finding = findings_find(&run->findings, culprits[i].check);
        if (!finding || finding->verdict != VERDICT_FAIL || !finding->witnesses_count)
            continue;
        buf_addf(text, "%s%s: ", any ? "; " : "", culprits[i].what);
        name_users(finding, text);
        any = true;
    }
    return any;
}

static void say_wrong_count(const struct run *run, const struct finding *exact, struct buf *text)
{
    int64_t expected = 0, actual = 0;
    sscanf(exact->expected, "%" SCNd64, &expected);
    sscanf(exact->actual, "%" SCNd64, &actual);
    buf_addf(text, "expected: %s, but was: %s", exact->expected, exact->actual);
    _cleanup_(buf_free) struct buf reason;
    buf_init(&reason, sizeof run->explanation);
    if (run->scenario->wait != WAIT_DRAINED && actual < expected)
        say_early(run, expected - actual, &reason);
    else if (!say_who(run, &reason) && actual > expected)
        buf_addf(&reason, "%" PRId64 " told yes, limit %" PRId64, run->tally.accepted,
                 run->scenario->limit);
    if (reason.used)
        buf_addf(text, " (%s)", buf_text(&reason));
}

/* ---- a clean run ---- */

/* What a clean burst proves: never "safe", only which windows would have shown. */
static void say_power(const struct run *run, struct buf *text)
{
    struct power power;
    char sentence[256];
    power_of(run, &power);
    if (*power_describe(&power, sentence, sizeof sentence))
        buf_addf(text, "; %s", sentence);
}

static void say_pass(const struct run *run, struct buf *text)
{
    const struct finding *exact = findings_find(&run->findings, "cap_exact");
    if (exact)
        buf_addf(text, "%s coupon%s for ", exact->actual, strcmp(exact->actual, "1") ? "s" : "");
    buf_addf(text, "%" PRId64 " request%s, limit %" PRId64, run->tally.sent,
             run->tally.sent == 1 ? "" : "s", run->scenario->limit);
    char watched[SPAN_TEXT];
    if (run->watched)
        buf_addf(text, ", watched for %s after the last answer",
                 units_format_duration(run->watched, watched, sizeof watched));
    say_power(run, text);
    const struct finding *fcfs = findings_find(&run->findings, "fcfs");
    if (fcfs && !strcmp(fcfs->actual, "not testable in a burst"))
        buf_adds(text, "; who came first could not be told in this burst (waves would show it)");
}

static void explain(struct run *run)
{
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, sizeof run->explanation - 1);
    const struct finding *exact = findings_find(&run->findings, "cap_exact");
    const struct finding *finding = first_with(run, run->verdict);
    if (exact && exact->verdict == VERDICT_FAIL)
        say_wrong_count(run, exact, &text);
    else if (run->verdict == VERDICT_PASS)
        say_pass(run, &text);
    else if (run->interrupted && run->verdict == VERDICT_UNKNOWN)
        buf_adds(&text, "interrupted: what is known so far is no verdict");
    else if (run->verdict == VERDICT_UNKNOWN && run->tally.causes[CAUSE_AMBIGUOUS] &&
             findings_find(&run->findings, "response_classified"))
        buf_addf(&text, "%s", findings_find(&run->findings, "response_classified")->message);
    else if (run->verdict == VERDICT_UNKNOWN && run->invalid[0])
        buf_addf(&text, "invalid run: %s", run->invalid);
    else if (run->verdict == VERDICT_UNKNOWN && findings_find(&run->findings, "drained") &&
             findings_find(&run->findings, "drained")->verdict == VERDICT_UNKNOWN)
        buf_addf(&text, "not known: %s", findings_find(&run->findings, "drained")->message);
    else if (finding)
        buf_addf(&text, "%s: %s", finding->check, finding->message);
    snprintf(run->explanation, sizeof run->explanation, "%s", buf_text(&text));
}

/* ---- warnings ---- */

static void warn_until(struct run *run)
{
    int64_t limit = run->scenario->limit;
    int used = snprintf(run->warning, sizeof run->warning,
                        "a wait until the count is %" PRId64 " cannot see coupon %" PRId64
                        ": it returns at the first match",
                        limit, limit + 1);
    if (run->drain.rows_max > limit && used > 0)
        snprintf(run->warning + used, sizeof run->warning - (size_t)used,
                 "; later there were %" PRId64 " rows", run->drain.rows_max);
}

static void warn_sleep(struct run *run)
{
    const struct drain_result *drain = &run->drain;
    char slept[SPAN_TEXT], wasted[SPAN_TEXT];
    ns_t last = last_row(drain);
    units_format_duration(run->scenario->wait_span, slept, sizeof slept);
    if (!last || !drain->asserted)
        return;
    if (last > drain->asserted) {
        units_format_duration(last - drain->asserted, wasted, sizeof wasted);
        snprintf(run->warning, sizeof run->warning,
                 "the sleep of %s was %s too short: rows were still coming", slept, wasted);
        return;
    }
    ns_t began = drain->asserted - run->scenario->wait_span;
    units_format_duration(drain->asserted - (last > began ? last : began), wasted, sizeof wasted);
    snprintf(run->warning, sizeof run->warning,
             "of the sleep of %s, %s were wasted: the last row was there before; and with a slower "
             "consumer the same sleep is too short",
             slept, wasted);
}

static void warn(struct run *run)
{
    run->warning[0] = '\0';
    switch (run->scenario->wait) {
    case WAIT_UNTIL_LIMIT:
        warn_until(run);
        return;
    case WAIT_SLEEP:
        warn_sleep(run);
        return;
    case WAIT_LAST_RESPONSE:
        snprintf(run->warning, sizeof run->warning,
                 "the last answer says that a request was accepted, not that its row is written");
        return;
    case WAIT_DRAINED:
        break;
    }
    if (run->drain.outcome == DRAIN_QUIET_ONLY && !run->scenario->evidence.coupons)
        snprintf(run->warning, sizeof run->warning,
                 "neither rows nor topics were read: the answers alone were judged");
}

/* ---- advice ---- */

static bool has_server(const struct server_info *server)
{
    return server->kind[0] && strcmp(server->kind, "none") != 0;
}

/* With what the service has, by all that the run knows of. */
static const char *one_step(const struct run *run)
{
    if (has_server(&run->redis))
        return "make the check and the act one step: an INCR whose result decides, or a Lua script";
    return "make the check and the act one step: an UPDATE with its condition (… SET issued = "
           "issued + 1 WHERE issued < limit) whose row count decides, or a unique constraint";
}

static void advise(struct run *run)
{
    const struct finding *finding = first_with(run, run->verdict);
    const char *advice = "";
    /* An error says what to do itself; what it left unread needs no second reason. */
    if (run->verdict == VERDICT_UNKNOWN && run->error[0])
        ;
    else if (run->verdict == VERDICT_FAIL && run->scenario->wait != WAIT_DRAINED &&
             failed(run, "cap_exact"))
        advice = "write `wait: drained` and judge the rows when nothing is left to consume";
    else if (run->verdict == VERDICT_FAIL && failed(run, "cap_safety") &&
             !failed(run, "duplicate") && !failed(run, "unexpected"))
        advice = one_step(run);
    else if (run->interrupted && run->verdict == VERDICT_UNKNOWN)
        advice = "let it run to its end";
    else if (run->verdict == VERDICT_UNKNOWN && run->tally.causes[CAUSE_AMBIGUOUS] &&
             findings_find(&run->findings, "response_classified"))
        advice = findings_find(&run->findings, "response_classified")->hint;
    else if (run->verdict != VERDICT_PASS && finding)
        advice = finding->hint;
    snprintf(run->advice, sizeof run->advice, "%s", advice);
}

void explain_run(struct run *run)
{
    explain(run);
    warn(run);
    advise(run);
}
