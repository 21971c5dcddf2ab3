#include "model/answers.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/answers_rules.h"
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

/* ---- two kinds of yes ---- */

static bool is_word(const struct condition *condition)
{
    static const char *const words[] = {"=true", "=false", "=null"};
    size_t length = condition->length - condition->key;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length &&
            !memcmp(words[i], condition->text + condition->key, length))
            return true;
    return false;
}

/* Do two rules ask for two words behind the same pointer, as isSuccess=true and isSuccess=false? */
static bool differ_in_word(const char *a, const char *b)
{
    struct condition one, other;
    for (; condition_next(&a, &one);)
        for (const char *at = b; is_word(&one) && condition_next(&at, &other);)
            if (is_word(&other) && one.key == other.key && !memcmp(one.text, other.text, one.key) &&
                (one.length != other.length || memcmp(one.text, other.text, one.length) != 0))
                return true;
    return false;
}

static const struct answer_kind *find_torn(const struct answers *answers)
{
    for (unsigned i = 0; i < answers->count; i++)
        for (unsigned k = 0; k < i; k++) {
            const struct answer_kind *a = &answers->v[i], *b = &answers->v[k];
            if (a->cls == CLASS_ACCEPTED && b->cls == CLASS_ACCEPTED && a->status == b->status &&
                differ_in_word(a->rule, b->rule))
                return a;
        }
    return NULL;
}

static int64_t count_class(const struct history *history, enum request_class cls)
{
    int64_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        count += history->v[i].cls == cls;
    return count;
}

/* A page for people that everybody gets, as a single-page application answers to any path. */
static bool all_are_pages(const struct answers *answers)
{
    unsigned pages = 0, accepted = 0;
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *kind = &answers->v[i];
        bool page = !strcasecmp(kind->type, "text/html") ||
                    !strcasecmp(kind->type, "application/xhtml+xml");
        accepted += kind->cls == CLASS_ACCEPTED;
        pages += kind->cls == CLASS_ACCEPTED && page;
    }
    return accepted && pages == accepted && !answers->others;
}

/* status: 0 is every one. The kinds keep their class, by which it is seen what the rules said. */
static void take_back(struct answers *answers, struct history *history, uint16_t status,
                      enum request_class cls, enum request_cause cause)
{
    for (size_t i = 0; i < history->count; i++) {
        struct request *request = &history->v[i];
        if (request->cls == CLASS_ACCEPTED && (!status || request->status == status)) {
            request->cls = (uint8_t)cls;
            request->cause = (uint8_t)cause;
        }
    }
    for (unsigned i = 0; i < answers->count; i++)
        if (answers->v[i].cls == CLASS_ACCEPTED && (!status || answers->v[i].status == status))
            answers->v[i].cause = (uint8_t)cause;
}

bool answers_doubt(struct answers *answers, struct history *history, int64_t limit)
{
    const struct answer_kind *torn = find_torn(answers);
    if (count_class(history, CLASS_REJECTED) || count_class(history, CLASS_ACCEPTED) <= limit)
        return false;
    if (torn)
        take_back(answers, history, torn->status, CLASS_UNKNOWN, CAUSE_AMBIGUOUS);
    else if (all_are_pages(answers))
        take_back(answers, history, 0, CLASS_FAILED, CAUSE_NO_DECISION);
    else
        return false;
    return true;
}
