#include "model/answers_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "model/spec.h"

bool condition_next(const char **at, struct condition *ret_condition)
{
    size_t length = strcspn(*at, ",");
    const char *equals = memchr(*at, '=', length);
    if (!**at)
        return false;
    *ret_condition = (struct condition){*at, length, equals ? (size_t)(equals - *at) : length};
    *at += length + ((*at)[length] == ',');
    return true;
}

bool rule_has(const char *rule, const struct condition *condition)
{
    struct condition other;
    for (const char *at = rule; condition_next(&at, &other);)
        if (other.length == condition->length && !memcmp(other.text, condition->text, other.length))
            return true;
    return false;
}

/* ---- which conditions tell kinds apart ---- */

static bool is_json(const struct condition *condition)
{
    return !strncmp(condition->text, "json:", strlen("json:"));
}

/* Do all other kinds of the status say it as well, and is there one? */
static bool is_common(const struct answers *answers, const struct answer_kind *kind,
                      const struct condition *condition)
{
    unsigned others = 0;
    for (unsigned i = 0; i < answers->count; i++) {
        const struct answer_kind *other = &answers->v[i];
        if (other == kind || other->status != kind->status || !strchr(other->rule, ','))
            continue;
        if (!rule_has(other->rule, condition))
            return false;
        others++;
    }
    return others > 0;
}

struct rule_list {
    const struct spec_rule *v;
    unsigned count;
};

#define RULE_LISTS(responses)                                                                      \
    {                                                                                              \
        {(responses)->accepted, (responses)->accepted_count},                                      \
            {(responses)->rejected, (responses)->rejected_count},                                  \
            {(responses)->undecided, (responses)->undecided_count},                                \
        {                                                                                          \
            (responses)->limited, (responses)->limited_count                                       \
        }                                                                                          \
    }

typedef bool looks_at(const struct spec_pair *pair, const void *context);

static const struct spec_pair *find_pair(const struct spec_responses *responses, looks_at *looks,
                                         const void *context)
{
    const struct rule_list lists[] = RULE_LISTS(responses);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (unsigned k = 0; k < lists[i].count; k++)
            for (unsigned m = 0; m < lists[i].v[k].json_count; m++)
                if (looks(&lists[i].v[k].json[m], context))
                    return &lists[i].v[k].json[m];
    return NULL;
}

static bool is_pointer_of(const struct spec_pair *pair, const void *context)
{
    const struct condition *condition = context;
    char key[192];
    int length = snprintf(key, sizeof key, "json:%s%s", *pair->name == '/' ? "" : "/", pair->name);
    return length > 0 && (size_t)length == condition->key &&
           !memcmp(key, condition->text, condition->key);
}

static void sharpen(const struct answers *answers, const struct spec_responses *responses,
                    const struct answer_kind *kind, char *ret_rule, size_t size)
{
    struct condition condition, first = {0};
    size_t used = 0;
    bool telling = false;
    for (const char *at = kind->rule; condition_next(&at, &condition);) {
        bool ours = is_json(&condition) && !find_pair(responses, is_pointer_of, &condition);
        first = ours && !first.length ? condition : first;
        if (ours && is_common(answers, kind, &condition))
            continue;
        telling |= ours;
        used += (size_t)snprintf(ret_rule + used, size - used, "%s%.*s", used ? "," : "",
                                 (int)condition.length, condition.text);
    }
    if (!telling && first.length)
        snprintf(ret_rule + used, size - used, ",%.*s", (int)first.length, first.text);
}

void answers_sharpen(struct answers *answers, const struct spec_responses *responses)
{
    struct answers sharp = *answers;
    for (unsigned i = 0; i < answers->count; i++)
        sharpen(answers, responses, &answers->v[i], sharp.v[i].rule, sizeof sharp.v[i].rule);
    *answers = sharp;
}

/* ---- a value in quotes of its own ---- */

static bool is_misquoted(const struct spec_pair *pair, const void *context)
{
    const struct answers *answers = context;
    size_t length = strlen(pair->value);
    char text[192];
    if (length < 3 || pair->value[0] != '"' || pair->value[length - 1] != '"')
        return false;
    int used = snprintf(text, sizeof text, "json:%s%s=%.*s", *pair->name == '/' ? "" : "/",
                        pair->name, (int)length - 2, pair->value + 1);
    const struct condition condition = {text, (size_t)used, 0};
    for (unsigned i = 0; used > 0 && (size_t)used < sizeof text && i < answers->count; i++)
        if (rule_has(answers->v[i].rule, &condition))
            return true;
    return false;
}

const struct spec_pair *answers_misquoted(const struct answers *answers,
                                          const struct spec_responses *responses)
{
    return find_pair(responses, is_misquoted, answers);
}

/* ---- which rules match ---- */

static bool has_status(const struct spec_rule *rule, int32_t status)
{
    for (unsigned i = 0; i < rule->status_count; i++)
        if (rule->status[i] == status)
            return true;
    return rule->status_count == 0;
}

/* Headers and whole bodies are not known of a kind. */
static bool surely_matches(const struct spec_rule *rule, const struct answer_kind *kind)
{
    bool more = rule->text_count || rule->matches_count || rule->least_count || rule->most_count;
    if (rule->header_count || more || !has_status(rule, kind->status))
        return false;
    for (unsigned i = 0; i < rule->json_count; i++) {
        const struct spec_pair *pair = &rule->json[i];
        char text[sizeof kind->rule];
        int length = snprintf(text, sizeof text, "json:%s%s=%s", *pair->name == '/' ? "" : "/",
                              pair->name, pair->value);
        const struct condition condition = {text, (size_t)length, 0};
        if (length < 0 || (size_t)length >= sizeof text || !rule_has(kind->rule, &condition))
            return false;
    }
    return true;
}

unsigned rules_matched(const struct spec_responses *responses, const struct answer_kind *kind)
{
    const struct rule_list lists[] = RULE_LISTS(responses);
    unsigned classes = 0;
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++)
        for (unsigned k = 0; k < lists[i].count; k++)
            if (surely_matches(&lists[i].v[k], kind))
                classes |= 1U << i;
    return classes;
}

unsigned rules_matched_names(unsigned classes, const char *ret_names[4])
{
    static const char *const names[] = {"accepted", "rejected", "undecided", "limited"};
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (classes & (1U << i))
            ret_names[count++] = names[i];
    return count;
}

/* ---- as it is typed ---- */

/* Nothing that YAML reads as something else: in quotes unless it is a word or a number. */
static void spell_text(struct buf *out, const char *text, size_t length)
{
    bool plain = length > 0;
    for (size_t i = 0; i < length; i++)
        plain &= isalnum((unsigned char)text[i]) || text[i] == '_' || (text[i] == '/' && i == 0);
    (void)buf_addf(out, plain ? "%.*s" : "'%.*s'", (int)length, text);
}

/* "/ok" is written ok; deeper ones stay pointers. */
static void spell_member(struct buf *out, const struct condition *condition, bool first)
{
    const char *name = condition->text + strlen("json:");
    const char *end = condition->text + condition->key;
    bool deep = memchr(name + 1, '/', (size_t)(end - name - 1)) != NULL;
    (void)buf_adds(out, first ? "json: {" : ", ");
    spell_text(out, name + !deep, (size_t)(end - name - !deep));
    (void)buf_adds(out, ": ");
    spell_text(out, end + 1, condition->length - condition->key - 1);
}

void rule_spell(const char *rule, const char *option, bool by_flags, char *ret_text, size_t size)
{
    struct condition condition;
    bool member = false;
    if (by_flags) {
        snprintf(ret_text, size, "--%s '%s'", option, rule);
        return;
    }
    _cleanup_(buf_free) struct buf out;
    buf_init(&out, 4096);
    (void)buf_addf(&out, "responses.%s: {", option);
    for (const char *at = rule; condition_next(&at, &condition);) {
        if (condition.text != rule && !(member && is_json(&condition)))
            (void)buf_adds(&out, ", ");
        if (is_json(&condition))
            spell_member(&out, &condition, !member);
        else
            (void)buf_addf(&out, "%.*s: %.*s", (int)condition.key, condition.text,
                           (int)(condition.length - condition.key - 1),
                           condition.text + condition.key + 1);
        member |= is_json(&condition);
    }
    (void)buf_adds(&out, member ? "}}" : "}");
    snprintf(ret_text, size, "%s", buf_text(&out));
}
