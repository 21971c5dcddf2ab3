/* Rules for two answers that somebody has looked at. */
#include <stdio.h>
#include <string.h>

#include "model/answers_rules.h"
#include "model/spec.h"

static bool is_text(const struct condition *condition)
{
    static const char *const words[] = {"=true", "=false", "=null"};
    size_t length = condition->length - condition->key;
    if (strncmp(condition->text, "json:", strlen("json:")) != 0)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length &&
            !memcmp(condition->text + condition->key, words[i], length))
            return false;
    return true;
}

static void keep_words(const char *rule, char *ret_rule, size_t size)
{
    struct condition condition;
    size_t used = 0;
    *ret_rule = '\0';
    while (condition_next(&rule, &condition) && used < size)
        if (!is_text(&condition))
            used += (size_t)snprintf(ret_rule + used, size - used, "%s%.*s", used ? "," : "",
                                     (int)condition.length, condition.text);
}

void answers_propose(const struct answer_kind *yes, const struct answer_kind *no, char *ret_yes,
                     char *ret_no, size_t size)
{
    const struct spec_responses none = {0};
    struct answers both = {.v = {*yes, *no}, .count = 2};
    keep_words(yes->rule, ret_yes, size);
    keep_words(no->rule, ret_no, size);
    if (strcmp(ret_yes, ret_no) != 0 || !strcmp(yes->rule, no->rule))
        return;
    answers_sharpen(&both, &none);
    snprintf(ret_yes, size, "%s", both.v[0].rule);
    snprintf(ret_no, size, "%s", both.v[1].rule);
}
