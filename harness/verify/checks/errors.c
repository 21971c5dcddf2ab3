#include <stdio.h>
#include <string.h>

#include "verify/checks/judges.h"

/* An unclassified answer is an answer (see response_classified); an undecided one was asked for,
 * and a request that we stopped ourselves says nothing about the service. */
static bool is_error(const struct request *request)
{
    if (request->cls != CLASS_FAILED && request->cls != CLASS_UNKNOWN)
        return false;
    return request->cause != CAUSE_UNCLASSIFIED && request->cause != CAUSE_UNDECIDED &&
           request->cause != CAUSE_STOPPED;
}

static const char *describe(enum request_cause cause)
{
    static const char *const texts[CAUSE_COUNT] = {
        [CAUSE_SERVER_ERROR] = "answered with a server error",
        [CAUSE_REFUSED] = "connection refused",
        [CAUSE_CONNECT] = "could not connect",
        [CAUSE_RESET] = "connection reset",
        [CAUSE_CLOSED] = "connection closed before the whole answer",
        [CAUSE_TIMEOUT] = "no whole answer in time",
        [CAUSE_GARBAGE] = "the answer was not HTTP",
    };
    return cause < CAUSE_COUNT && texts[cause] ? texts[cause] : "failed";
}

static void list_causes(const int64_t *causes, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (int c = 0; c < CAUSE_COUNT && used < size; c++)
        if (causes[c])
            used +=
                (size_t)snprintf(ret_text + used, size - used, "%s%s %" PRId64, used ? ", " : "",
                                 request_cause_name((enum request_cause)c), causes[c]);
}

void judge_errors(const struct case_file *facts, const struct spec_expect *expect,
                  struct finding *finding)
{
    int64_t causes[CAUSE_COUNT] = {0}, errors = 0, sent = 0;
    for (size_t i = 0; i < facts->history->count; i++) {
        const struct request *request = &facts->history->v[i];
        sent += request->released != 0;
        if (!is_error(request))
            continue;
        errors++;
        causes[request->cause < CAUSE_COUNT ? request->cause : CAUSE_OTHER]++;
        struct witness *witness = finding_witness(finding, describe(request->cause));
        if (!witness)
            continue;
        witness->user = request->user;
        witness->released = request->released;
        witness->done = request_answered(request) ? request->done : 0;
    }
    char listed[160];
    list_causes(causes, listed, sizeof listed);
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_actual(finding, "%" PRId64 " of %" PRId64, errors, sent);
    if (!sent)
        finding_set(finding, VERDICT_FAIL, "no request was sent: a figure without samples fails");
    else if (errors > expect->at_most)
        finding_set(finding, VERDICT_FAIL, "%" PRId64 " request%s got no decision (%s)", errors,
                    plural(errors), listed);
    else if (errors)
        finding_set(finding, VERDICT_PASS, "%" PRId64 " request%s got no decision (%s), as allowed",
                    errors, plural(errors), listed);
    else
        finding_set(finding, VERDICT_PASS, "every request got an answer");
}
