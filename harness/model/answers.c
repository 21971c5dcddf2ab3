#include "model/answers.h"

#include <stdio.h>
#include <string.h>

#include "model/history.h"

static bool same_kind(const struct answer_kind *a, const struct answer_kind *b)
{
    return a->status == b->status && a->cls == b->cls && a->cause == b->cause &&
           !strcmp(a->type, b->type) && !strcmp(a->shape, b->shape);
}

bool answers_count(struct answers *answers, const struct answer_kind *kind)
{
    for (unsigned i = 0; i < answers->count; i++)
        if (same_kind(&answers->v[i], kind)) {
            answers->v[i].count += kind->count;
            return true;
        }
    return false;
}

void answers_add(struct answers *answers, const struct answer_kind *kind)
{
    if (answers_count(answers, kind))
        return;
    if (answers->count == ANSWERS_MAX)
        answers->others += kind->count;
    else
        answers->v[answers->count++] = *kind;
}

/* Few entries, in place, and equal counts keep their order. */
static void sort(struct answers *answers)
{
    for (unsigned i = 1; i < answers->count; i++)
        for (unsigned k = i; k > 0 && answers->v[k].count > answers->v[k - 1].count; k--) {
            struct answer_kind kind = answers->v[k];
            answers->v[k] = answers->v[k - 1];
            answers->v[k - 1] = kind;
        }
}

void answers_merge(struct answers *answers, const struct answers *from)
{
    for (unsigned i = 0; i < from->count; i++)
        answers_add(answers, &from->v[i]);
    answers->others += from->others;
    answers->unasked += from->unasked;
    sort(answers);
}

bool answers_plain(const struct answers *answers)
{
    bool yes = !answers->count, plain = !answers->others;
    for (unsigned i = 0; i < answers->count; i++) {
        yes = yes || answers->v[i].cls == CLASS_ACCEPTED;
        plain = plain && answers->v[i].cause == CAUSE_NONE;
    }
    return yes && plain;
}

/* ---- in words ---- */

const char *answer_meaning(const struct answer_kind *kind)
{
    bool said = kind->cause == CAUSE_NONE;
    return said ? request_class_name((enum request_class)kind->cls)
                : request_cause_name((enum request_cause)kind->cause);
}

void answer_describe(const struct answer_kind *kind, char *ret_text, size_t size)
{
    char status[16];
    snprintf(status, sizeof status, "%u", kind->status);
    snprintf(ret_text, size, "%lld x %s%s%s%s%s: %s", (long long)kind->count,
             kind->status ? status : "no answer", *kind->type ? " " : "", kind->type,
             *kind->shape ? " " : "", kind->shape, answer_meaning(kind));
}

/* What an answer that is no decision mostly means. */
static const char *remedy_for(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *remedy;
    } rows[] = {
        {401, "the requests need credentials: --header 'Authorization: …' (or a feeder with a "
              "token a user)"},
        {403, "the requests are not allowed: check credentials, CSRF tokens and the user's rights"},
        {404, "nothing is at this address: check the path of the URL and the method"},
        {405, "this address takes another method: --method"},
        {415, "the service wants another kind of body: --header 'Content-Type: …'"},
        {429, "a rate limiter answered before the service decided: raise it for this test, or "
              "spread the load by waves"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].remedy;
    if (status >= 300 && status < 400)
        return "redirects are not followed: give the URL that they lead to";
    return "a page for people or a proxy answered, not the service: check host, port and path";
}

static bool advise_rules(const struct answers *answers, char *ret_text, size_t size)
{
    size_t used = 0;
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *kind = &answers->v[i];
        if (kind->cause != CAUSE_UNCLASSIFIED || !*kind->rule)
            continue;
        int length = snprintf(
            ret_text + used, size - used, "%s --rejected '%s'",
            used ? "" : "no rule says what these answers mean; if they are a no, add", kind->rule);
        if (length < 0 || (size_t)length >= size - used) {
            ret_text[used] = '\0'; /* a half of an option helps nobody */
            break;
        }
        used += (size_t)length;
    }
    return used > 0;
}

bool answers_advise(const struct answers *answers, char *ret_text, size_t size)
{
    *ret_text = '\0';
    if (advise_rules(answers, ret_text, size))
        return true;
    for (unsigned i = 0; i < answers->count; i++)
        if (answers->v[i].cause == CAUSE_NO_DECISION) {
            snprintf(ret_text, size, "%u: %s", answers->v[i].status,
                     remedy_for(answers->v[i].status));
            return true;
        }
    return false;
}
