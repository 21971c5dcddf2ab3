/* scenario_print_keys: the grammar as tables in Markdown, for scenarios/README.md. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "scenario/grammar.h"
#include "scenario/scenario.h"

static void print_range(const struct rule *rule, FILE *out)
{
    if (rule->low == INT64_MIN && rule->high == INT64_MAX)
        fputs("number", out);
    else if (rule->high == INT64_MAX)
        fprintf(out, "number from %" PRId64, rule->low);
    else
        fprintf(out, "%" PRId64 " to %" PRId64, rule->low, rule->high);
}

static void print_choices(const char *choices, FILE *out)
{
    fputc('`', out);
    for (; *choices; choices++) {
        if (*choices == '|')
            fputs("`, `", out);
        else
            fputc(*choices, out);
    }
    fputc('`', out);
}

static void print_list(const struct rule *rule, FILE *out)
{
    char path[160];
    snprintf(path, sizeof path, "%s.*", rule->path);
    const struct rule *entry = grammar_find(path);
    fprintf(out, "list of %s",
            entry->kind == RULE_MAP        ? "mappings"
            : entry->kind == RULE_INT      ? "numbers"
            : entry->kind == RULE_DURATION ? "durations"
            : entry->kind == RULE_CHECK    ? "checks"
                                           : "texts");
}

static void print_values(const struct rule *rule, FILE *out)
{
    static const char *const words[RULE_KIND_COUNT] = {
        [RULE_MAP] = "mapping",
        [RULE_TEXT] = "text",
        [RULE_BOOL] = "`true`, `false`",
        [RULE_DURATION] = "duration",
        [RULE_POINTER] = "JSON pointer",
        [RULE_CHECK] = "a check",
        [RULE_ALIAS] = "",
    };
    if (rule->kind == RULE_INT)
        print_range(rule, out);
    else if (rule->kind == RULE_LIST)
        print_list(rule, out);
    else if (rule->kind == RULE_CHOICE)
        print_choices(rule->allowed, out);
    else if (rule->kind == RULE_PAIRS)
        fprintf(out, "mapping of %s to values", rule->allowed ? rule->allowed : "names");
    else
        fputs(rule->allowed ? rule->allowed : words[rule->kind], out);
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

static void print_row(const struct rule *rule, FILE *out)
{
    fprintf(out, "| `%s` | ", rule->path);
    print_values(rule, out);
    const char *def = rule->flags & RULE_REQUIRED ? "required" : rule->def ? rule->def : "";
    fprintf(out, " | %s%s%s | ", rule->def && *def ? "`" : "", def, rule->def && *def ? "`" : "");
    print_cell(rule->help, out);
    fputs(" |\n", out);
}

/* Entries of lists of scalars say nothing that their list does not; rejected and undecided are like
 * accepted, parked is like coupons. */
static bool is_told_elsewhere(const struct rule *rule)
{
    static const char *const twins[] = {"responses.rejected.", "responses.undecided.",
                                        "evidence.parked."};
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (!strncmp(rule->path, twins[i], strlen(twins[i])))
            return true;
    size_t length = strlen(rule->path);
    bool entry = length > 2 && !strcmp(rule->path + length - 2, ".*");
    return entry || !*rule->path || rule->flags & RULE_DERIVED;
}

int scenario_print_keys(FILE *out, struct err *err)
{
    size_t count;
    const struct rule *rules = grammar_table(&count);
    fputs("| key | values | default | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < count; i++)
        if (!is_told_elsewhere(&rules[i]))
            print_row(&rules[i], out);
    return ferror(out) ? err_set(err, ERR_ENVIRONMENT, "the keys cannot be written") : 0;
}
