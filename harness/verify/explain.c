#include "verify/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "model/connects.h"
#include "model/power.h"
#include "verify/causes.h"

#define SPAN_TEXT 32

static ns_t last_row(const struct drain_result *drain)
{
    return drain->last_commit ? drain->last_commit : drain->last_growth;
}

/* ---- asked too early ---- */

static void say_waiting(const struct run *run, int64_t missing, struct buf *text)
{
    const struct spec_pipeline *pipeline = run->scenario->evidence.pipeline;
    int64_t lag = run->drain.lag_at_assert;
    if (pipeline && lag > 0)
        buf_addf(text, "%" PRId64 " record%s %s still in %s", lag, lag == 1 ? "" : "s",
                 lag == 1 ? "was" : "were", pipeline_queue(pipeline, 0));
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
    /* From where every other figure of the report counts: the last response. */
    ns_t response = run->tally.last_response;
    bool at_once = run->scenario->wait == WAIT_LAST_RESPONSE && response;
    ns_t from = at_once && response < drain->asserted ? response : drain->asserted;
    units_format_duration(end > from ? end - from : 0, later, sizeof later);
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

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Each once: a user may be a witness by every row, and by every record. NULL: no memory. */
static int64_t *list_users(const struct finding *finding, size_t *ret_count)
{
    size_t all = 0, count = 0;
    int64_t *users = calloc(finding->witnesses_count + 1, sizeof *users);
    for (size_t i = 0; users && i < finding->witnesses_count; i++)
        if (finding->witnesses[i].user.known)
            users[all++] = finding->witnesses[i].user.value;
    if (users)
        qsort(users, all, sizeof *users, by_number);
    for (size_t i = 0; i < all; i++)
        if (!count || users[count - 1] != users[i])
            users[count++] = users[i];
    *ret_count = count;
    return users;
}

/* "users 7, 12, 40 and 3 more" */
static void name_users(const struct run *run, const struct finding *finding, struct buf *text)
{
    enum { SHOWN = 5 };
    struct roster_name name;
    size_t count = 0;
    _cleanup_free_ int64_t *users = list_users(finding, &count);
    for (size_t i = 0; users && i < count && i < SHOWN; i++)
        buf_addf(text, "%s%s",
                 i           ? ", "
                 : count > 1 ? "users "
                             : "user ",
                 roster_name(run->roster, users[i], &name));
    if (count > SHOWN)
        buf_addf(text, " and %zu more", count - SHOWN);
}

/* ---- the first cause ---- */

static bool all_limited(const struct finding *finding)
{
    static const char limited[] = "limited";
    for (size_t i = 0; i < finding->witnesses_count; i++)
        if (strncmp(finding->witnesses[i].what, limited, strlen(limited)) != 0)
            return false;
    return true;
}

static void say_cause(const struct run *run, const struct cause *cause,
                      const struct finding *finding, struct buf *text)
{
    const char *who = cause->limited && all_limited(finding) ? cause->limited : cause->who;
    if (who && finding->witnesses_count) {
        buf_addf(text, " (%s: ", who);
        name_users(run, finding, text);
        buf_adds(text, ")");
    } else {
        buf_addf(text, "; %s", finding->message);
    }
}

/* "expected: 100, but was: 24", and the first cause of that. */
static void say_wrong_count(const struct run *run, const struct finding *exact,
                            const struct cause *cause, const struct finding *first,
                            struct buf *text)
{
    int64_t missing = exact->least.value - exact->value.value;
    buf_addf(text, "expected: %s, but was: %s", exact->expected, exact->actual);
    if (run->scenario->wait != WAIT_DRAINED && missing > 0) {
        buf_adds(text, " (");
        say_early(run, missing, text);
        buf_adds(text, ")");
    } else if (first != exact) {
        say_cause(run, cause, first, text);
    } else if (missing < 0) {
        buf_addf(text, " (%" PRId64 " told yes, limit %" PRId64 ")", run->tally.accepted,
                 run->scenario->limit);
    }
}

static void say_fail(const struct run *run, struct buf *text)
{
    const struct finding *exact = findings_find(&run->findings, "cap_exact"), *first;
    const struct cause *cause = causes_first(run, &first);
    char name[FINDING_NAME];
    if (cause && exact && exact->verdict == VERDICT_FAIL)
        say_wrong_count(run, exact, cause, first, text);
    else if (cause)
        buf_addf(text, "%s: %s", finding_name(first, name, sizeof name), first->message);
}

static void say_unknown(const struct run *run, struct buf *text)
{
    char name[FINDING_NAME];
    const struct finding *first;
    const struct cause *cause = causes_first(run, &first);
    if (run->interrupted && !run->tally.sent)
        buf_adds(text, "interrupted: no request was sent");
    else if (run->error[0] && !run->tally.sent)
        buf_adds(text, "no request was sent");
    else if (run->interrupted)
        buf_adds(text, "interrupted: what is known so far is no verdict");
    else if (run->invalid[0] && (!cause || !cause->before_invalid))
        buf_addf(text, "invalid run: %s", run->invalid);
    else if (cause)
        buf_addf(text, "%s: %s",
                 cause->unknown ? cause->unknown : finding_name(first, name, sizeof name),
                 first->message);
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
    const struct finding *parked = findings_find(&run->findings, "parked");
    bool put_aside = parked && parked->value.known && parked->value.value > 0;
    if (exact && put_aside)
        buf_addf(text, "%s users with a coupon or parked for ", exact->actual);
    else if (exact)
        buf_addf(text, "%s coupon%s for ", exact->actual, exact->value.value == 1 ? "" : "s");
    char limit[AMOUNT_TEXT];
    buf_addf(text, "%" PRId64 " request%s, limit %s", run->tally.sent,
             run->tally.sent == 1 ? "" : "s", items_spell_limit(run->scenario, limit));
    char watched[SPAN_TEXT];
    if (run->watched)
        buf_addf(text, ", watched for %s after the last answer",
                 units_format_duration(run->watched, watched, sizeof watched));
    say_power(run, text);
    const struct finding *fcfs = findings_find(&run->findings, "fcfs");
    if (fcfs && fcfs->untested)
        buf_adds(text, "; who came first could not be told in this burst (waves would show it)");
}

static void explain(struct run *run)
{
    static void (*const sayers[])(const struct run *run, struct buf *text) = {
        [VERDICT_PASS] = say_pass, [VERDICT_UNKNOWN] = say_unknown, [VERDICT_FAIL] = say_fail};
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, sizeof run->explanation - 1);
    const struct cause *cause = causes_first(run, &(const struct finding *){NULL});
    snprintf(run->cause, sizeof run->cause, "%s", cause && cause->check ? cause->check : "");
    sayers[run->verdict](run, &text);
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

static void warn_wait(struct run *run)
{
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
    if (run->evidence.strangers[0] && run->scenario->evidence.pipeline)
        snprintf(run->warning, sizeof run->warning,
                 "in the group %.64s, and not started by this run: %s; whoever else is in it takes "
                 "records away from the consumer",
                 run->scenario->evidence.pipeline->group, run->evidence.strangers);
    else if (run->drain.outcome == DRAIN_QUIET_ONLY && !run->scenario->evidence.coupons)
        snprintf(run->warning, sizeof run->warning,
                 run->scenario->evidence.pipeline
                     ? "the pipeline tells how many records wait and not how many there were: with "
                       "evidence.coupons it can be told whether anybody is lost"
                     : "neither rows nor a pipeline were read: the answers alone were judged");
}

/* What the scenario's own choice costs. */
static void warn_users(const struct scenario *scenario, char *ret_text, size_t size)
{
    const struct spec_feeder *feeder = scenario->request.feeder;
    ret_text[0] = '\0';
    if (spec_ids_kind(&scenario->users.ids) == USER_IDS_NONE)
        snprintf(ret_text, size,
                 "nothing names the users (users.ids: none): rows and records were counted, and "
                 "whose they are was not checked");
    else if (feeder && feeder->reuse)
        snprintf(ret_text, size, "rows of %.128s may serve several users (request.feeder.reuse)",
                 feeder->file);
}

static void add_warning(struct run *run, const char *text)
{
    size_t used = strlen(run->warning);
    snprintf(run->warning + used, sizeof run->warning - used, "%s%s", used && *text ? "; " : "",
             text);
}

static void warn(struct run *run)
{
    char text[sizeof run->warning];
    run->warning[0] = '\0';
    warn_wait(run);
    connects_warn(connects_of(run), text, sizeof text);
    add_warning(run, text);
    warn_users(run->scenario, text, sizeof text);
    add_warning(run, text);
}

/* ---- advice ---- */

#define ONE_UPDATE                                                                                  \
    "make the check and the act one step: an UPDATE with its condition (… SET issued = issued + " \
    "1 "                                                                                            \
    "WHERE issued < limit) whose row count decides"

/* With what the service has, by all that the run knows of. A unique constraint does not count. */
static const char *one_step(const struct run *run)
{
    const struct spec_rows *coupons = run->scenario->evidence.coupons;
    bool redis = strcmp(run_server(run, "redis")->kind, "none") != 0;
    bool rows = coupons && spec_rows_query(coupons);
    const char *store = coupons ? spec_rows_store(coupons) : "";
    /* A Redis that is there because nobody said otherwise decides nothing. */
    if (redis && (run->scenario->evidence.counter || !rows))
        return "make the check and the act one step: an INCR whose result decides, or a Lua script";
    return !strcmp(store, "sqlite") ? ONE_UPDATE ", or BEGIN IMMEDIATE before the check"
           : *store ? ONE_UPDATE ", or SELECT … FOR UPDATE of that row before the check"
                    : ONE_UPDATE
               ", or another single command of the store that says whether it did";
}

/* Of the first cause, as the headline. An error says what to do itself. */
static const char *advice_of(const struct run *run)
{
    const struct finding *exact = findings_find(&run->findings, "cap_exact"), *first;
    const struct cause *cause = causes_first(run, &first);
    bool fail = run->verdict == VERDICT_FAIL;
    if (run->verdict == VERDICT_PASS || (!fail && run->error[0]))
        return "";
    if (!fail && run->interrupted)
        return "let it run to its end";
    if (fail && run->scenario->wait != WAIT_DRAINED && exact && exact->verdict == VERDICT_FAIL)
        return "write `wait: drained` and judge the rows when nothing is left to consume";
    if (fail && cause && cause->over_issue)
        return one_step(run);
    return cause ? first->hint : "";
}

void explain_run(struct run *run)
{
    explain(run);
    warn(run);
    snprintf(run->advice, sizeof run->advice, "%s", advice_of(run));
}
