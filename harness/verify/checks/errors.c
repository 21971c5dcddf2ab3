#include <stdio.h>

#include "base/units.h"
#include "model/login.h"
#include "verify/checks/judges.h"
#include "verify/gone.h"

/* An unclassified or ambiguous answer is an answer (see response_classified); an undecided one was
 * asked for, and a request that we stopped ourselves says nothing about the service: NULL. */
static const char *const errors[CAUSE_COUNT] = {
    [CAUSE_NONE] = "failed",
    [CAUSE_SERVER_ERROR] = "answered with a server error",
    [CAUSE_REFUSED] = "connection refused",
    [CAUSE_CONNECT] = "could not connect",
    [CAUSE_RESET] = "connection reset",
    [CAUSE_CLOSED] = "connection closed before the whole answer",
    [CAUSE_TIMEOUT] = "no whole answer in time",
    [CAUSE_GARBAGE] = "the answer was not HTTP",
    [CAUSE_LATE] = "failed",
    [CAUSE_OTHER] = "failed",
    [CAUSE_UNPROCESSED] = "the stream was refused, unprocessed",
};

static const char *error_of(const struct request *request)
{
    if (request->cls != CLASS_FAILED && request->cls != CLASS_UNKNOWN)
        return NULL;
    return errors[request->cause < CAUSE_COUNT ? request->cause : CAUSE_OTHER];
}

/* "server_error 4, timeout 2"; returns their sum. */
static int64_t sum_up(const int64_t *causes, char *ret_text, size_t size)
{
    size_t used = 0;
    int64_t sum = 0;
    ret_text[0] = '\0';
    for (int c = 0; c < CAUSE_COUNT && used < size; c++) {
        if (!errors[c] || !causes[c])
            continue;
        sum += causes[c];
        used += (size_t)snprintf(ret_text + used, size - used, "%s%s %" PRId64, used ? ", " : "",
                                 request_cause_name((enum request_cause)c), causes[c]);
    }
    return sum;
}

static void name_each(const struct history *history, struct finding *finding)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        const char *error = error_of(request);
        struct witness *witness = error ? finding_witness(finding, error) : NULL;
        if (!witness)
            continue;
        witness->user = maybe_of(request->user);
        case_show(witness, request);
    }
}

/* Its connections may have gone with the listeners of an earlier command. */
static bool has_old_pool(const struct case_file *facts)
{
    return spec_between_listens(&facts->run->scenario->between) && facts->run->round <= 1;
}

/* The most frequent server error, with its body; where the service's log is. */
static void hint_at_answer(const struct case_file *facts, struct finding *finding)
{
    const struct answers *answers = &facts->run->answers;
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *kind = &answers->v[i];
        if (kind->cause != CAUSE_SERVER_ERROR)
            continue;
        const char *advice = login_advise(answers->log);
        char log[160] = "; see the service's log";
        if (advice) {
            finding_hint(finding, "%s", advice);
            return;
        }
        if (has_old_pool(facts))
            snprintf(log, sizeof log,
                     "; its pool may hold connections that an earlier command's listeners have "
                     "closed: start it again once rushproof listens");
        else if (*answers->log_of)
            snprintf(log, sizeof log,
                     *answers->log ? "; see the end of logs/%s.log"
                                   : "; it wrote nothing to logs/%s.log",
                     answers->log_of);
        finding_hint(finding, "%" PRId64 " times %u%s%.120s%s", kind->count, kind->status,
                     *kind->sample ? ": " : "", kind->sample, log);
        return;
    }
    finding_hint(finding, "was the service up, and could it take as many connections at once? see "
                          "its log");
}

/* A service that is slow is not yet wrong; which it is, the author says. */
static void hint_at_time(const struct case_file *facts, struct finding *finding)
{
    char span[32];
    units_format_duration(facts->run->scenario->request.timeout, span, sizeof span);
    bool stated = finding->verdict == VERDICT_FAIL, flags = facts->run->scenario->by_flags;
    finding_hint(finding,
                 "%" PRId64 " had no whole answer within %s: a service that may take longer needs "
                 "a longer %s, a weak machine fewer requests%s%s",
                 facts->causes[CAUSE_TIMEOUT], span, flags ? "--timeout" : "request.timeout",
                 stated  ? ""
                 : flags ? "; a bound of the service's is stated in a scenario, by "
                         : "; a bound of the service's is stated by ",
                 stated ? "" : "expect: [{check: errors}]");
}

/* How long we wait for an answer proves nothing about the service, unless its author has said that
 * no more than so many may take longer; nor do errors of an old pool. */
static int64_t unproven(const struct case_file *facts, const struct spec_expect *expect)
{
    int64_t late = expect->check ? 0 : facts->causes[CAUSE_TIMEOUT];
    return late + (has_old_pool(facts) ? facts->causes[CAUSE_SERVER_ERROR] : 0);
}

static enum verdict verdict_of(const struct case_file *facts, const struct spec_expect *expect,
                               int64_t count)
{
    return count <= expect->at_most                            ? VERDICT_PASS
           : count - unproven(facts, expect) > expect->at_most ? VERDICT_FAIL
                                                               : VERDICT_UNKNOWN;
}

void judge_errors(const struct case_file *facts, const struct spec_expect *expect,
                  struct finding *finding)
{
    char listed[320];
    int64_t count = sum_up(facts->causes, listed, sizeof listed);
    enum verdict verdict = verdict_of(facts, expect, count);
    if (count)
        name_each(&facts->run->history, finding);
    name_each(&facts->run->actions, finding);
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_actual(finding, "%" PRId64 " of %" PRId64, count, facts->sent);
    if (!facts->sent)
        finding_set(finding, VERDICT_UNKNOWN, "no request was sent");
    else if (verdict != VERDICT_PASS)
        finding_set(finding, verdict, "%" PRId64 " request%s got no decision (%s)", count,
                    plural(count), listed);
    else if (count)
        finding_set(finding, VERDICT_PASS, "%" PRId64 " request%s got no decision (%s), as allowed",
                    count, plural(count), listed);
    else
        finding_set(finding, VERDICT_PASS, "every request got an answer");
    char gone[sizeof finding->hint];
    if (!facts->sent || verdict == VERDICT_PASS)
        return;
    if (gone_describe(facts->run, gone, sizeof gone))
        finding_hint(finding, "%s", gone);
    else if (2 * facts->causes[CAUSE_TIMEOUT] > count)
        hint_at_time(facts, finding);
    else
        hint_at_answer(facts, finding);
}
