/* links: model scenario verify */
/* The rows of the grammar: sound, and bound to members that hold what the row allows. */
#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "model/check.h"
#include "model/gate.h"
#include "model/run.h"
#include "model/spec.h"
#include "scenario/grammar.h"

Test(scenario_tables, parameters_of_checks_are_keys_of_expect)
{
    size_t count;
    const struct check *checks = checks_table(&count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(checks_find(checks[i].name), &checks[i]);
        for (size_t k = 0; checks[i].takes && checks[i].takes[k]; k++)
            cr_expect_not_null(
                grammar_find_key(grammar_find("expect.*")->shape, checks[i].takes[k]),
                "%s takes %s", checks[i].name, checks[i].takes[k]);
    }
}

static size_t length(const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    return count;
}

Test(scenario_tables, words_of_an_enum_are_as_many_as_it_has)
{
    static const struct {
        const char *path;
        size_t count;
    } rows[] = {
        {"load.*.burst.gate", GATE_LAST_FRAME + 1},
        {"faults.*.action", FAULT_PRODUCE_ERRORS + 1},
        {"faults.*.when", WHEN_HELD + 1},
        {"request.http2", HTTP2_KNOWN + 1},
        {"responses.otherwise", OTHERWISE_UNDECIDED + 1},
        {"evidence.counter.counts", COUNTS_USERS + 1},
        {"evidence.pipeline.value", VALUE_JSON + 1},
        {"wait", WAIT_SLEEP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(length(grammar_find(rows[i].path)->words), rows[i].count, "%s", rows[i].path);
}

Test(scenario_tables, arms_are_in_the_order_of_their_enum)
{
    static const char *const arms[] = {
        [LOAD_BURST] = "burst",   [LOAD_WAVES] = "waves", [LOAD_RATE] = "rate",
        [LOAD_CLOSED] = "closed", [LOAD_RETRY] = "retry", [LOAD_PAUSE] = "pause"};
    const struct shape *phase = grammar_find("load.*")->shape;
    for (int arm = LOAD_BURST; arm <= LOAD_PAUSE; arm++)
        cr_expect_eq(grammar_arm(phase, grammar_find_key(phase, arms[arm])), arm, "%s", arms[arm]);
}

/* ---- every row ---- */

static size_t size_of(const struct rule *rule)
{
    switch (rule->kind) {
    case RULE_BOOL:
        return sizeof(bool);
    case RULE_CHOICE:
    case RULE_WAIT:
        return sizeof(enum gate);
    case RULE_INT:
        return rule->size == sizeof(int32_t) ? sizeof(int32_t) : sizeof(int64_t);
    case RULE_PAIRS:
        return sizeof(struct spec_pair);
    case RULE_MAP:
        return rule->flags & RULE_APART ? sizeof(void *) : rule->shape->size;
    case RULE_LIST:
        return rule->entry->shape ? rule->entry->shape->size : size_of(rule->entry);
    default:
        return sizeof(char *);
    }
}

static void expect_pattern(const struct rule *rule, const char *path)
{
    regex_t regex;
    cr_expect_eq(regcomp(&regex, rule->pattern, REG_EXTENDED), 0, "%s", path);
    cr_expect(rule->allowed, "%s: a pattern is not for people", path);
    regfree(&regex);
}

static size_t visit(const struct shape *shape, const char *outer)
{
    size_t seen = 0;
    cr_expect_leq(shape->count, GRAMMAR_KEYS_MAX);
    cr_expect(!shape->key || grammar_find_key(shape, shape->key), "%s", outer);
    for (size_t i = 0; i < shape->count; i++) {
        const struct rule *rule = &shape->v[i], *inner = rule->entry ? rule->entry : rule;
        char path[160];
        snprintf(path, sizeof path, "%s%s%s", outer, *outer ? "." : "", rule->key);
        cr_expect(rule->help && *rule->help, "%s has no help", path);
        cr_expect_eq(grammar_find(path), rule, "%s is twice", path);
        cr_expect(!(rule->def && rule->flags & RULE_REQUIRED), "%s", path);
        if (rule->kind == RULE_ALIAS) {
            cr_expect_not_null(grammar_find_key(shape, rule->allowed), "%s", path);
            continue;
        }
        cr_expect_eq(rule->size, size_of(rule), "%s", path);
        cr_expect_leq(rule->offset + (rule->entry ? sizeof(void *) : 0), shape->size, "%s", path);
        if (rule->kind == RULE_INT && rule->size == sizeof(int32_t))
            cr_expect(rule->low >= INT32_MIN && rule->high <= INT32_MAX, "%s", path);
        if (inner->pattern)
            expect_pattern(inner, path);
        seen++;
        if (rule->entry)
            strcat(path, ".*");
        if (inner->shape)
            seen += visit(inner->shape, path);
    }
    return seen;
}

Test(scenario_tables, every_rule_is_sound)
{
    cr_expect_gt(visit(grammar.shape, ""), 100);
    cr_expect_null(grammar_find("load.0"));
    cr_expect_null(grammar_find("limit.x"));
    cr_expect_null(grammar_find("nothing"));
}

Test(scenario_tables, suggestions)
{
    cr_expect_str_eq(grammar_suggest(grammar.shape, "lode"), "load");
    cr_expect_str_eq(grammar_suggest(grammar.shape, "evidnece"), "evidence");
    cr_expect_str_eq(grammar_suggest(grammar_find("load.*")->shape, "brust"), "burst");
    cr_expect_null(grammar_suggest(grammar.shape, "completely"));
    cr_expect_null(grammar_suggest(grammar.shape, ""));
}
