#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "verify/checks/judges.h"
#include "verify/gone.h"
#include "verify/ledger.h"
#include "verify/respelled.h"
#include "verify/sources.h"

static void vacuous(struct finding *finding, const char *what, const char *hint)
{
    finding_actual(finding, "%s", what);
    finding_set(finding, VERDICT_UNKNOWN, "the run proves nothing: %s", what);
    finding_hint(finding, "%s", hint);
}

static void unplaced(const struct case_file *facts, struct finding *finding)
{
    char what[96];
    const struct respelled respelled = respelled_find(facts);
    if (respelled.rows) {
        respelled_say(facts, &respelled, finding);
        return;
    }
    snprintf(what, sizeof what, "none of %zu coupon rows belongs to a user of this run",
             facts->coupons.unplaced);
    vacuous(finding, what, SOURCES_UNPLACED_HINT);
}

static void unread(const struct case_file *facts, struct finding *finding)
{
    char what[READ_REASON_MAX + 64];
    snprintf(what, sizeof what, "no store could be read: %s", facts->run->evidence.coupons.reason);
    vacuous(finding, what,
            strstr(facts->run->evidence.coupons.reason, "has no user")
                ? "the store answers, and that row is of no user as it was sent: `drained` says "
                  "what to do about it"
                : "is the store up, and can it be reached from here? `drained` tells how far it "
                  "was read");
}

/* Without a yes or without a no: what came says best what is wrong. */
static void undecided(const struct case_file *facts, struct finding *finding, const char *what,
                      const char *hint)
{
    char advice[sizeof finding->hint];
    bool advised =
        gone_describe(facts->run, advice, sizeof advice) ||
        answers_advise(&facts->run->answers, facts->run->scenario, advice, sizeof advice);
    vacuous(finding, what, advised ? advice : hint);
}

/* Of some nobody knows what they were told: among these are those who may have been told it. */
static bool find_unheard(const struct case_file *facts, const char *word, struct finding *finding)
{
    int64_t late = facts->causes[CAUSE_TIMEOUT], unheard = facts->sent - facts->answered;
    const char *rule = !strcmp(word, "yes") ? "responses.accepted" : "responses.rejected";
    char span[32], what[128], hint[sizeof finding->hint];
    if (unheard <= 0)
        return false;
    units_format_duration(facts->run->scenario->request.timeout, span, sizeof span);
    if (late) {
        snprintf(what, sizeof what,
                 "nobody was told %s, and %" PRId64 " request%s had no whole answer within %s",
                 word, late, plural(late), span);
        snprintf(hint, sizeof hint, "those may be the %s: a longer %s than %s; then check %s", word,
                 facts->run->scenario->by_flags ? "--timeout" : "request.timeout", span, rule);
    } else {
        snprintf(what, sizeof what, "nobody was told %s, and %" PRId64 " request%s got no answer",
                 word, unheard, plural(unheard));
        snprintf(hint, sizeof hint, "see `errors` for why, and the service's log");
    }
    undecided(facts, finding, what, hint);
    return true;
}

/* "; 1000 answers were 404 text/html: <html>…" */
static void add_what_came(const struct case_file *facts, struct finding *finding)
{
    const struct answers *answers = &facts->run->answers;
    const struct answer_kind *most = answers->v, *end = answers->v + answers->count;
    while (most < end && !most->status)
        most++; /* nothing that came back */
    if (most == end)
        return;
    size_t used = strlen(finding->message);
    snprintf(finding->message + used, sizeof finding->message - used,
             "; %" PRId64 " answer%s %s %u%s%s%s%.160s", most->count, plural(most->count),
             most->count == 1 ? "was" : "were", most->status, most->type[0] ? " " : "", most->type,
             most->sample[0] ? ": " : "", most->sample);
}

static bool rows_sampled(const struct case_file *facts)
{
    const struct timeline *timeline = &facts->run->timeline;
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->v[i].rows != COUNT_UNKNOWN)
            return true;
    return false;
}

/* Where every answer is the same, rows or records of users decide. */
static bool stores_decide(const struct case_file *facts)
{
    return facts->coupons.count || facts->parked.count || facts->dead.count ||
           facts->produced.count;
}

static bool anything_read(const struct case_file *facts)
{
    const struct evidence *evidence = &facts->run->evidence;
    bool asked = false;
    for (size_t i = 0; i < evidence->asked_count; i++)
        asked |= evidence->asked[i].known;
    const unsigned stores =
        NEEDS_COUPONS | NEEDS_PARKED | NEEDS_COUNTER | NEEDS_PRODUCED | NEEDS_STOCK;
    return facts->foreign || asked || (facts->known & stores);
}

static bool find_another(const struct case_file *facts, struct finding *finding)
{
    int64_t count = facts->causes[CAUSE_ANOTHER] + facts->causes[CAUSE_ANOTHER_YES];
    char what[128];
    snprintf(what, sizeof what,
             "nobody was told yes: %" PRId64 " answer%s of another user than the one who asked",
             count, count == 1 ? " spoke" : "s spoke");
    if (count)
        vacuous(finding, what,
                "is {{user}} in the rules where the answer names who asked? then the service "
                "mixes users up");
    return count > 0;
}

/* No answer was a yes: what came back, and what to write. */
static bool find_no_yes(const struct case_file *facts, struct finding *finding)
{
    bool rules = facts->run->scenario->responses.accepted_count > 0;
    int64_t alike = facts->causes[CAUSE_UNDECIDED];
    if (facts->accepted || (!rules && alike && stores_decide(facts)))
        return false;
    if (facts->causes[CAUSE_AMBIGUOUS])
        undecided(facts, finding, "the rules do not tell a yes from a no",
                  "check responses.accepted and responses.rejected against what came back");
    else if (find_another(facts, finding))
        ;
    else if (facts->requests_rejected && !alike && find_unheard(facts, "yes", finding))
        ;
    else if (facts->requests_rejected && !alike)
        undecided(facts, finding, "nobody was told yes",
                  facts->run->round > 1
                      ? "a round before was judged: what does the service keep that the reset does "
                        "not empty (users who have asked, a stock)? reset that too, or use other "
                        "users in each run"
                      : "check responses.accepted, and whether the service sells at all");
    else if (rules)
        undecided(facts, finding, "no answer was a yes or a no",
                  "check responses.accepted and responses.rejected against what came back");
    else
        undecided(facts, finding, "no answer was a yes, and no store tells who won",
                  facts->run->scenario->by_flags
                      ? "say what a yes and a no look like: --accepted 'status=201' --rejected "
                        "'status=409'"
                      : "say what a yes and a no look like: responses: {accepted: {status: 201}, "
                        "rejected: {status: 409}}");
    add_what_came(facts, finding);
    return true;
}

/* Sent, and nothing came back: no rule is wrong. */
static void find_silence(const struct case_file *facts, struct finding *finding)
{
    char span[32], what[64] = "nobody was answered";
    if (facts->causes[CAUSE_TIMEOUT] == facts->sent)
        snprintf(what, sizeof what, "nobody answered within %s",
                 units_format_duration(facts->run->scenario->request.timeout, span, sizeof span));
    undecided(facts, finding, what, "see `errors`, and the service's log for what it waits for");
}

/* Enough came, and the limiter let too few of them through to ask for more than there is. */
static void find_limited(const struct case_file *facts, struct finding *finding)
{
    char what[128];
    snprintf(what, sizeof what,
             "%" PRId64 " of %" PRId64 " users were turned away by the limiter alone, and the "
             "others ask for no more than there is",
             facts->limited, facts->limited + facts->tried_certain + facts->tried_maybe);
    vacuous(finding, what,
            "raise the limiter for this run, let them come in waves (load: waves), or let those "
            "who were turned away ask again (load: retry)");
}

/* What is given back may serve everybody, and leave nobody a row. */
static bool gives_back(const struct case_file *facts)
{
    return facts->ledger && facts->ledger->fates;
}

/* Nobody was told anything, or not what both a yes and a no would be. */
static bool find_undecided(const struct case_file *facts, struct finding *finding)
{
    int64_t tried = facts->tried_certain + facts->tried_maybe;
    if (facts->limited && tried <= facts->limit &&
        (!tried || tried + facts->limited > facts->limit))
        find_limited(facts, finding);
    else if (!tried)
        undecided(facts, finding, "no request reached the service",
                  "see `errors` and the service's log");
    else if (!facts->answered && facts->sent)
        find_silence(facts, finding);
    else if (find_no_yes(facts, finding))
        return true;
    else if (facts->accepted && !facts->requests_rejected && tried > facts->limit &&
             !gives_back(facts)) {
        if (!find_unheard(facts, "no", finding))
            undecided(facts, finding, "nobody was told no, although more asked than the limit",
                      "check responses.rejected and the limit");
    } else
        return false;
    return true;
}

/* No store told anything. */
static bool find_unread(const struct case_file *facts, struct finding *finding)
{
    char hint[sizeof finding->hint];
    bool rows = (facts->known & NEEDS_COUPONS) != 0;
    if (facts->coupons.unplaced)
        unplaced(facts, finding);
    else if (!anything_read(facts) && facts->run->evidence.coupons.reason[0])
        unread(facts, finding);
    else if (!anything_read(facts))
        vacuous(finding, "no store was read",
                facts->run->scenario->by_flags
                    ? "say where the rows are: --coupons 'URL;SELECT user_id FROM …'"
                    : "say where the rows are: evidence: {coupons: SELECT user_id FROM …}");
    else if (rows && !facts->coupons.count && !facts->coupons.before && !gives_back(facts))
        vacuous(finding, "no coupon row was read", sources_no_row_hint(facts, hint, sizeof hint));
    else if (facts->run->timeline.count && rows && !rows_sampled(facts))
        vacuous(finding, "no sample of the rows was taken",
                "the store answered too late, or not at all: see `drained`");
    else
        return false;
    return true;
}

void judge_not_vacuous(const struct case_file *facts, const struct spec_expect *expect,
                       struct finding *finding)
{
    (void)expect;
    finding_expect(finding, "a decision, something read, a no when more ask than the limit");
    if (find_undecided(facts, finding) || find_unread(facts, finding)) {
        if (facts->run->interrupted) {
            finding_set(finding, VERDICT_UNKNOWN, "the run was interrupted, and proves nothing");
            finding_hint(finding, "let it run to its end");
        }
        return;
    }
    if (facts->accepted)
        finding_actual(finding, "%" PRId64 " yes, %" PRId64 " no, %zu rows", facts->accepted,
                       facts->rejected, facts->coupons.count);
    else
        finding_actual(finding, "%" PRId64 " asked, %zu rows", facts->tried_certain,
                       facts->coupons.count);
    finding_set(finding, VERDICT_PASS, "every figure of the run has samples");
}
