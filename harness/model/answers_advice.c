/* What to do about answers that decided nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/answers_rules.h"
#include "model/history.h"
#include "model/spec.h"

struct advice {
    const struct answers *answers;
    const struct scenario *scenario;
    const struct spec_responses *responses;
    char *text;
    size_t size, used;
};

/* What the scenario was given by takes it: a flag, or a key of its file. */
static const char *typed(const struct advice *advice, const char *flag, const char *key)
{
    return advice->scenario->by_flags ? flag : key;
}

/* All or nothing: a half of an option helps nobody. */
static bool add(struct advice *advice, const char *before, const char *option, const char *rule)
{
    char spelled[RULE_SPELLED];
    rule_spell(rule, option, advice->scenario->by_flags, spelled, sizeof spelled);
    int length =
        snprintf(advice->text + advice->used, advice->size - advice->used, "%s%s", before, spelled);
    if (length < 0 || (size_t)length >= advice->size - advice->used) {
        advice->text[advice->used] = '\0';
        return false;
    }
    advice->used += (size_t)length;
    return true;
}

static void say(struct advice *advice, const char *sentence)
{
    snprintf(advice->text, advice->size, "%s", sentence);
    advice->used = strlen(advice->text);
}

/* ---- what a rule matches ---- */

/* Would the rule match answers of that kind, by all that is known of them? */
static bool rule_covers(const char *rule, const struct answer_kind *kind)
{
    struct condition condition;
    while (condition_next(&rule, &condition))
        if (!rule_has(kind->rule, &condition))
            return false;
    return true;
}

static bool is_told(const struct answer_kind *kind, enum request_class cls)
{
    return kind->cls == cls && kind->cause == CAUSE_NONE;
}

static bool covers_told(const struct answers *answers, const char *rule, enum request_class cls)
{
    for (unsigned i = 0; i < answers->count; i++)
        if (is_told(&answers->v[i], cls) && rule_covers(rule, &answers->v[i]))
            return true;
    return false;
}

static bool covers_ambiguous(const struct answers *answers, const char *rule)
{
    for (unsigned i = 0; i < answers->count; i++)
        if (answers->v[i].cause == CAUSE_AMBIGUOUS && rule_covers(rule, &answers->v[i]))
            return true;
    return false;
}

/* Has the kind a value that the scenario calls a yes, and only something else, as the status, is
 * not as it was said? */
static bool looks_accepted(const struct advice *advice, const struct answer_kind *kind)
{
    const struct spec_responses *responses = advice->responses;
    for (unsigned i = 0; i < responses->accepted_count; i++)
        for (unsigned k = 0; k < responses->accepted[i].json_count; k++) {
            const struct spec_pair *pair = &responses->accepted[i].json[k];
            char text[sizeof kind->rule];
            snprintf(text, sizeof text, "json:%s%s=%s", *pair->name == '/' ? "" : "/", pair->name,
                     pair->value);
            const struct condition condition = {text, strlen(text), 0};
            if (rule_has(kind->rule, &condition))
                return true;
        }
    return false;
}

/* ---- no rule matched ---- */

static bool advise_misquoted(struct advice *advice)
{
    const struct spec_pair *pair = answers_misquoted(advice->answers, advice->responses);
    if (!pair)
        return false;
    int inner = (int)strlen(pair->value) - 2;
    snprintf(advice->text, advice->size,
             "the rule compares %s with the text %s, quotes included, and the answers carry %.*s: "
             "write it without the inner quotes, {%s: %.*s}",
             pair->name, pair->value, inner, pair->value + 1, pair->name, inner, pair->value + 1);
    return true;
}

/* A no that is spelled as one: "…=false". Which of them is the no, the reader knows better. */
static bool is_no(const struct answer_kind *kind)
{
    size_t length = strlen(kind->rule);
    return strstr(kind->rule, "=false,") ||
           (length > 6 && !strcmp(kind->rule + length - 6, "=false"));
}

static bool any_yes(const struct answers *answers, uint16_t status)
{
    for (unsigned i = 0; i < answers->count; i++)
        if (is_told(&answers->v[i], CLASS_ACCEPTED) && (!status || answers->v[i].status == status))
            return true;
    return false;
}

/* Could it be the yes that the rules miss? A success that no more got than may win, while nobody
 * else was told yes. */
static bool may_be_yes(const struct advice *advice, const struct answer_kind *kind)
{
    return kind->status < 300 && !is_no(kind) && kind->count <= advice->scenario->limit &&
           !any_yes(advice->answers, 0);
}

static bool advise_rules(struct advice *advice)
{
    const struct answers *answers = advice->answers;
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *kind = &answers->v[i];
        if (kind->cause != CAUSE_UNCLASSIFIED || !*kind->rule ||
            covers_told(answers, kind->rule, CLASS_ACCEPTED))
            continue;
        bool yes = looks_accepted(advice, kind) || may_be_yes(advice, kind);
        const char *before = advice->used ? (yes ? "; if a yes, " : "; if a no, ")
                             : yes ? "no rule says what these answers mean; if they are a yes, add "
                                   : "no rule says what these answers mean; if they are a no, add ";
        if (!add(advice, before, yes ? "accepted" : "rejected", kind->rule))
            break;
    }
    return advice->used > 0;
}

/* What no rule can tell from a yes. */
static bool advise_unlike(struct advice *advice)
{
    for (unsigned i = 0; i < advice->answers->count; i++) {
        const struct answer_kind *kind = &advice->answers->v[i];
        if (kind->cause != CAUSE_UNCLASSIFIED)
            continue;
        bool json = *kind->sample == '{' && !*kind->shape;
        char text[256];
        snprintf(text, sizeof text, "%" PRId64 " times %u: %s", kind->count, kind->status,
                 json ? "the body is not whole JSON (cut off, malformed, or longer than is looked "
                        "at), so no rule can tell what it means"
                      : "nothing in it that a rule could name tells it from a yes: let the service "
                        "give a no another status or a member of its own");
        say(advice, text);
        return true;
    }
    return false;
}

/* ---- several rules matched ---- */

static unsigned matched(const struct advice *advice)
{
    unsigned classes = 0;
    for (unsigned i = 0; i < advice->answers->count; i++)
        if (advice->answers->v[i].cause == CAUSE_AMBIGUOUS)
            classes |= rules_matched(advice->responses, &advice->answers->v[i]);
    return classes;
}

/* To what was surely meant by it: only a class that takes part in the overlap. */
static bool narrow(struct advice *advice, enum request_class cls, const char *option, unsigned bit)
{
    unsigned classes = matched(advice);
    for (unsigned i = 0; i < advice->answers->count; i++) {
        const struct answer_kind *kind = &advice->answers->v[i];
        char before[64];
        snprintf(before, sizeof before, "make %s%s narrower: ", typed(advice, "--", "responses."),
                 option);
        if ((!classes || (classes & bit)) && is_told(kind, cls) && *kind->rule &&
            !covers_ambiguous(advice->answers, kind->rule) &&
            !add(advice, advice->used ? " " : before, option, kind->rule))
            break;
    }
    return advice->used > 0;
}

/* The rules as they are called where they were given. */
static bool name_overlap(struct advice *advice)
{
    const char *names[4];
    unsigned count = rules_matched_names(matched(advice), names);
    const char *before = typed(advice, "--", "responses.");
    if (count < 2)
        return false;
    snprintf(advice->text, advice->size,
             "%s%s and %s%s overlap, and no answer may match both: make one of them narrower, by a "
             "status or by a member of the body",
             before, names[0], before, names[1]);
    return true;
}

static bool add_ambiguous(struct advice *advice, bool no)
{
    const struct answers *answers = advice->answers;
    bool any = false;
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *kind = &answers->v[i];
        if (kind->cause == CAUSE_AMBIGUOUS && *kind->rule && is_no(kind) == no)
            any = add(advice, advice->used ? " " : "say which is a yes and which a no: ",
                      no ? "rejected" : "accepted", kind->rule) ||
                  any;
    }
    return any;
}

static bool advise_apart(struct advice *advice)
{
    if (add_ambiguous(advice, false) && add_ambiguous(advice, true))
        return true;
    advice->text[advice->used = 0] = '\0';
    return false;
}

static bool advise_ambiguous(struct advice *advice)
{
    bool any = false;
    for (unsigned i = 0; i < advice->answers->count; i++)
        any = any || advice->answers->v[i].cause == CAUSE_AMBIGUOUS;
    if (any && !narrow(advice, CLASS_ACCEPTED, "accepted", MATCHED_ACCEPTED) &&
        !narrow(advice, CLASS_REJECTED, "rejected", MATCHED_REJECTED) && !advise_apart(advice) &&
        !name_overlap(advice))
        say(advice, "no two of accepted, rejected and undecided may match the same answer: make "
                    "the rules narrower, by a status or by a member of the body");
    return any;
}

/* ---- it came from before the service's decision ---- */

/* What such an answer mostly means, and whether it cannot be so where others are told yes. */
static const char *remedy_for(const struct advice *advice, uint16_t status, bool *ret_refuted)
{
    static const struct {
        uint16_t status;
        bool refuted;
        const char *remedy, *in_file; /* NULL: as with flags */
    } rows[] = {
        {401, false,
         "the requests need credentials: --header 'Authorization: …' (or a feeder with a "
         "token a user)",
         "the requests need credentials: request.headers: {Authorization: …} (or a feeder with a "
         "token a user)"},
        {403, false,
         "the requests are not allowed: check credentials, CSRF tokens and the user's rights",
         NULL},
        {404, true, "nothing is at this address: check the path of the URL and the method", NULL},
        {405, true, "this address takes another method: --method",
         "this address takes another method: request.method"},
        {415, false, "the service wants another kind of body: --header 'Content-Type: …'",
         "the service wants another kind of body: request.headers: {Content-Type: …}"},
        {429, false,
         "a rate limiter answered before the service decided: if that is meant, say so (--limited "
         "status=429), and raise it for this test or spread the load by waves",
         "a rate limiter answered before the service decided: if that is meant, say so "
         "(responses.limited: 429), and raise it for this test or spread the load by waves"},
    };
    *ret_refuted = false;
    if (status == 401 && advice->scenario->prepare_count)
        return "what `prepare` has captured was not taken: is it in the request (Authorization: "
               "Bearer {{token}}, cookies: true), and does it live until the rush is over?";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status) {
            *ret_refuted = rows[i].refuted;
            return typed(advice, rows[i].remedy,
                         rows[i].in_file ? rows[i].in_file : rows[i].remedy);
        }
    if (status >= 300 && status < 400)
        return "redirects are not followed: give the URL that they lead to";
    *ret_refuted = true;
    return "a page for people or a proxy answered, not the service: check host, port and path";
}

static bool advise_before(struct advice *advice)
{
    const struct answers *answers = advice->answers;
    for (unsigned i = 0; i < answers->count; i++) {
        if (answers->v[i].cause != CAUSE_NO_DECISION)
            continue;
        uint16_t status = answers->v[i].status;
        bool refuted, rule = any_yes(answers, 0) && !any_yes(answers, status);
        const char *remedy = remedy_for(advice, status, &refuted);
        char text[24], no[RULE_SPELLED];
        snprintf(text, sizeof text, "status=%u", status);
        rule_spell(text, "rejected", advice->scenario->by_flags, no, sizeof no);
        if (rule && refuted)
            snprintf(advice->text, advice->size,
                     "%u: others were told yes at this address; if this is a no, add %s", status,
                     no);
        else if (rule)
            snprintf(advice->text, advice->size, "%u: %s; if it is the service's no, add %s",
                     status, remedy, no);
        else
            snprintf(advice->text, advice->size, "%u: %s", status, remedy);
        return true;
    }
    return false;
}

/* ---- the service failed ---- */

static bool advise_failed(struct advice *advice)
{
    for (unsigned i = 0; i < advice->answers->count; i++) {
        const struct answer_kind *kind = &advice->answers->v[i];
        if (kind->cause != CAUSE_SERVER_ERROR)
            continue;
        char log[64] = "its log";
        if (*advice->answers->log_of)
            snprintf(log, sizeof log, "logs/%s.log", advice->answers->log_of);
        snprintf(advice->text, advice->size,
                 "%u: the service failed before it decided; %s may say why: does one request by "
                 "hand (curl) get a yes?",
                 kind->status, log);
        return true;
    }
    return false;
}

/* ---- */

bool answers_advise(const struct answers *answers, const struct scenario *scenario, char *ret_text,
                    size_t size)
{
    struct advice advice = {answers, scenario, &scenario->responses, ret_text, size, 0};
    *ret_text = '\0';
    return advise_ambiguous(&advice) || advise_misquoted(&advice) || advise_rules(&advice) ||
           advise_unlike(&advice) || advise_before(&advice) || advise_failed(&advice);
}

/* "{isSuccess=false} and {isSuccess=true}", or what else is known of them. */
static void name_ambiguous(const struct answers *answers, char *ret_text, size_t size)
{
    size_t used = 0;
    *ret_text = '\0';
    for (unsigned i = answers->count; i-- > 0 && used < size;) {
        const struct answer_kind *kind = &answers->v[i];
        if (kind->cause != CAUSE_AMBIGUOUS)
            continue;
        char status[16];
        snprintf(status, sizeof status, "%u", kind->status);
        used += (size_t)snprintf(ret_text + used, size - used, "%s%s", used ? " and " : "",
                                 *kind->shape ? kind->shape : status);
    }
}

void answers_ambiguous(const struct answers *answers, const struct spec_responses *responses,
                       int64_t count, char *ret_text, size_t size)
{
    char names[300];
    const char *classes[4];
    unsigned overlap = 0;
    bool torn = false;
    for (unsigned i = 0; i < answers->count; i++)
        torn =
            torn || (answers->v[i].cause == CAUSE_AMBIGUOUS && answers->v[i].cls == CLASS_ACCEPTED);
    for (unsigned i = 0; i < answers->count; i++)
        if (answers->v[i].cause == CAUSE_AMBIGUOUS)
            overlap |= rules_matched(responses, &answers->v[i]);
    bool two = rules_matched_names(overlap, classes) == 2;
    name_ambiguous(answers, names, sizeof names);
    if (torn)
        snprintf(ret_text, size,
                 "%s are both a yes: %" PRId64 " answers were accepted and none rejected, which of "
                 "them is a no the rules do not say",
                 names, count);
    else
        snprintf(ret_text, size, "%" PRId64 " answer%s %s%s%s%s%s%s", count,
                 count == 1 ? " matches" : "s match",
                 two                          ? "both "
                 : responses->undecided_count ? "two of accepted, rejected and undecided"
                                              : "both accepted and rejected",
                 two ? classes[0] : "", two ? " and " : "", two ? classes[1] : "",
                 *names ? ": " : "", names);
}
