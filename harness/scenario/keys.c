/* The grammar and the checks as tables in Markdown, for scenarios/README.md and docs/reference. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "model/check.h"
#include "scenario/grammar.h"
#include "scenario/scenario.h"

enum { SHAPES_MAX = 64 };

static void print_range(const struct rule *rule, FILE *out)
{
    if (rule->low == INT64_MIN && rule->high == INT64_MAX)
        fputs("number", out);
    else if (rule->high == INT64_MAX)
        fprintf(out, "number from %" PRId64, rule->low);
    else
        fprintf(out, "%" PRId64 " to %" PRId64, rule->low, rule->high);
}

static void print_words(const char *const *words, FILE *out)
{
    for (size_t i = 0; words[i]; i++)
        fprintf(out, "%s`%s`", i ? ", " : "", words[i]);
}

static void print_list(const struct rule *entry, FILE *out)
{
    static const char *const words[RULE_KIND_COUNT] = {[RULE_MAP] = "mappings",
                                                       [RULE_INT] = "numbers",
                                                       [RULE_DURATION] = "durations",
                                                       [RULE_WORD] = "checks",
                                                       [RULE_CHOICE] = "words"};
    fprintf(out, "list of %s", words[entry->kind] ? words[entry->kind] : "texts");
}

static void print_values(const struct rule *rule, FILE *out)
{
    static const char *const words[RULE_KIND_COUNT] = {
        [RULE_MAP] = "mapping",          [RULE_TEXT] = "text",
        [RULE_BOOL] = "`true`, `false`", [RULE_DURATION] = "duration",
        [RULE_POINTER] = "JSON pointer",
    };
    if (rule->kind == RULE_INT)
        print_range(rule, out);
    else if (rule->kind == RULE_LIST)
        print_list(rule->entry, out);
    else if (rule->kind == RULE_PAIRS)
        fprintf(out, "mapping of %s to values", rule->allowed ? rule->allowed : "names");
    else if (rule->allowed || words[rule->kind])
        fputs(rule->allowed ? rule->allowed : words[rule->kind], out);
    else
        print_words(rule->words, out);
}

/* In a table a bar ends the cell. */
static void print_cell(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_row(const struct rule *rule, const char *path, FILE *out)
{
    fprintf(out, "| `%s` | ", path);
    print_values(rule, out);
    const char *def = rule->flags & RULE_REQUIRED ? "required" : rule->def ? rule->def : "";
    fprintf(out, " | %s%s%s | ", rule->def && *def ? "`" : "", def, rule->def && *def ? "`" : "");
    print_cell(rule->help, out);
    fputs(" |\n", out);
}

struct table {
    FILE *out;
    const struct shape *told[SHAPES_MAX]; /* one that is held twice is told once */
    size_t told_count;
};

static bool is_new(struct table *table, const struct shape *shape)
{
    for (size_t i = 0; i < table->told_count; i++)
        if (table->told[i] == shape)
            return false;
    if (table->told_count < SHAPES_MAX)
        table->told[table->told_count++] = shape;
    return true;
}

static void print_shape(struct table *table, const struct shape *shape, const char *outer)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct rule *rule = &shape->v[i], *inner = rule->entry ? rule->entry : rule;
        char path[160];
        snprintf(path, sizeof path, "%s%s%s", outer, *outer ? "." : "", rule->key);
        print_row(rule, path, table->out);
        if (!inner->shape || !is_new(table, inner->shape))
            continue;
        snprintf(path + strlen(path), sizeof path - strlen(path), "%s", rule->entry ? ".*" : "");
        print_shape(table, inner->shape, path);
    }
}

int scenario_print_keys(FILE *out, struct err *err)
{
    struct table table = {.out = out};
    fputs("| key | values | default | meaning |\n|---|---|---|---|\n", out);
    print_shape(&table, grammar.shape, "");
    return ferror(out) ? err_set(err, ERR_ENVIRONMENT, "the keys cannot be written") : 0;
}

int scenario_print_checks(FILE *out, struct err *err)
{
    size_t count;
    const struct check *checks = checks_table(&count);
    fputs("| check | holds when | runs by default | parameters in `expect` |\n"
          "|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "| `%s`", checks[i].name);
        if (*checks[i].also)
            fprintf(out, " or `%s`", checks[i].also);
        fprintf(out, ": %s | %s | %s | ", checks[i].title, checks[i].help,
                checks[i].by_default ? "yes" : "");
        for (size_t k = 0; checks[i].takes && checks[i].takes[k]; k++)
            fprintf(out, "%s`%s`", k ? " " : "", checks[i].takes[k]);
        fputs(" |\n", out);
    }
    return ferror(out) ? err_set(err, ERR_ENVIRONMENT, "the checks cannot be written") : 0;
}
