#include <stdio.h>

#include "verify/checks/judges.h"

static bool is_of_another(const struct request *request)
{
    return request->cause == CAUSE_ANOTHER || request->cause == CAUSE_ANOTHER_YES;
}

static int64_t count_another(const struct case_file *facts)
{
    return facts->causes[CAUSE_ANOTHER] + facts->causes[CAUSE_ANOTHER_YES];
}

static void name_each(const struct history *history, struct finding *finding)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct request *request = &history->v[i];
        bool strange = request->cause == CAUSE_UNCLASSIFIED, other = is_of_another(request);
        struct witness *witness =
            strange || other ? finding_witness(finding, other ? "answer speaks of another user"
                                                              : "answer matches no rule")
                             : NULL;
        if (!witness)
            continue;
        witness->user = maybe_of(request->user);
        case_show(witness, request);
    }
}

/* Was any answer a no, or a "not yet", by the rules? */
static bool saw_no(const struct case_file *facts)
{
    const struct history *history = facts->history;
    for (size_t i = 0; i < history->count; i++)
        if (history->v[i].cls == CLASS_REJECTED || history->v[i].cls == CLASS_LIMITED ||
            history->v[i].cause == CAUSE_UNDECIDED)
            return true;
    return false;
}

/* Are the rules a whole, so that an answer outside them is the service's fault? Not when nobody was
 * told yes, not when an answer matches rules of two classes, not when no rule says what a no is or
 * no answer was one by it, and not when a rule's value stands in quotes too many: then the rules,
 * or the target, are wrong. */
static bool rules_are_whole(const struct case_file *facts)
{
    const struct spec_responses *responses = &facts->run->scenario->responses;
    bool knows_no = ((responses->rejected_count || responses->undecided_count) && saw_no(facts)) ||
                    responses->otherwise != OTHERWISE_FAILED;
    return knows_no && (facts->known & NEEDS_DECISIONS) &&
           (facts->accepted || !responses->accepted_count) &&
           !answers_misquoted(&facts->run->answers, responses);
}

/* Somebody was told yes in the name of another user of the run: no rule could make that right.
 * Where that is not so a rule may look at the wrong place, unless others were told of themselves.
 */
static void say_another(const struct case_file *facts, const struct spec_expect *expect,
                        struct finding *finding)
{
    int64_t count = count_another(facts), yes = facts->causes[CAUSE_ANOTHER_YES];
    bool fault = yes > expect->at_most || (count > expect->at_most && rules_are_whole(facts));
    char told[80] = "";
    if (yes)
        snprintf(told, sizeof told, ", and %" PRId64 " of them told that one yes", yes);
    finding_set(finding, fault ? VERDICT_FAIL : VERDICT_UNKNOWN,
                "%" PRId64 " answer%s of another user than the one who asked%s", count,
                count == 1 ? " spoke" : "s spoke", told);
    finding_hint(finding, "%s",
                 fault ? "what two requests share, such as a field or a global variable, is no "
                         "place for a user: keep it within the request"
                       : "is {{user}} in the rules where the answer names who asked? then the "
                         "service mixes users up");
}

static void say_others(const struct case_file *facts, const struct spec_expect *expect,
                       struct finding *finding)
{
    char advice[sizeof finding->hint];
    int64_t strange = facts->causes[CAUSE_UNCLASSIFIED];
    int64_t before = facts->causes[CAUSE_NO_DECISION];
    int64_t ambiguous = facts->causes[CAUSE_AMBIGUOUS], unread = facts->causes[CAUSE_UNREAD];
    bool fault = strange > expect->at_most && !ambiguous && !unread && rules_are_whole(facts);
    enum verdict verdict = fault ? VERDICT_FAIL : VERDICT_UNKNOWN;
    char both[sizeof finding->message];
    if (ambiguous)
        answers_ambiguous(&facts->run->answers, &facts->run->scenario->responses, ambiguous, both,
                          sizeof both);
    if (ambiguous)
        finding_set(finding, verdict, "%s", both);
    else if (unread)
        finding_set(finding, verdict,
                    "%" PRId64 " answer%s cannot be read: longer than the %d KB that rules look "
                    "into, or encoded in a way that is not known",
                    unread, plural(unread), ANSWERS_BODY_KB);
    else if (strange && before)
        finding_set(finding, verdict,
                    "%" PRId64 " answer%s matched no rule, and %" PRId64
                    " came from before the service's decision",
                    strange, plural(strange), before);
    else if (strange)
        finding_set(finding, verdict, "%" PRId64 " answer%s matched no rule", strange,
                    plural(strange));
    else
        finding_set(finding, verdict,
                    "%" PRId64 " answer%s came from before the service's decision: a login, a "
                    "missing path, a rate limiter, a redirect or a web page",
                    before, plural(before));
    bool advised =
        answers_advise(&facts->run->answers, facts->run->scenario, advice, sizeof advice);
    finding_hint(finding, "%s",
                 advised ? advice : "add a rule to `responses` for it, or mend the service");
}

/* Server errors and broken connections are `errors`' business: here an answer came, and no rule of
 * the scenario, or more than one, knows what it means. */
void judge_response_classified(const struct case_file *facts, const struct spec_expect *expect,
                               struct finding *finding)
{
    int64_t others = count_another(facts) + facts->causes[CAUSE_UNCLASSIFIED] +
                     facts->causes[CAUSE_NO_DECISION] + facts->causes[CAUSE_AMBIGUOUS] +
                     facts->causes[CAUSE_UNREAD];
    finding_expect(finding, "at most %" PRId64, expect->at_most);
    finding_actual(finding, "%" PRId64 " of %" PRId64, others, facts->answered);
    if (others > expect->at_most && count_another(facts))
        say_another(facts, expect, finding);
    else if (others > expect->at_most)
        say_others(facts, expect, finding);
    else if (!facts->answered)
        finding_set(finding, VERDICT_UNKNOWN, "no request was answered");
    else
        finding_set(finding, VERDICT_PASS, "every answer within the budget matched one rule");
    /* Where the rules or the target are wrong it is not about users: the kinds of answers say it.
     */
    if (finding->verdict == VERDICT_UNKNOWN)
        return;
    name_each(&facts->run->history, finding);
    name_each(&facts->run->actions, finding);
}
