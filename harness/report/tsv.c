/* result.tsv: result.json as lines of fields, for readers without a JSON library. The first field
 * says what a line is: the path of a single value, or `check`, `user`, `answer`; readers pass over
 * what they do not know. Columns are only ever added, at the end of a line. */
#include <jansson.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "report/figures.h"
#include "report/result.h"
#include "report/text.h"
#include "report/writers.h"

/* Single values; those of figures_table follow. */
static const char *const paths[] = {
    "schema",  "version",   "scenario",    "directory", "started",
    "verdict", "exit_code", "interrupted", "in_short",  "explanation",
    "error",   "invalid",   "advice",      "warning",   "not_checked",
};

enum { COLUMNS_MAX = 8 };

/* Lists: a line an element. A check's begins with its name, and its users' lines follow. */
static const char *const check_columns[COLUMNS_MAX] = {"verdict", "expected", "actual",
                                                       "message", "hint",     "title"};
static const char *const answer_columns[COLUMNS_MAX] = {"count", "status", "class", "cause",
                                                        "shape", "rule",   "sample"};

/* Not known is an empty field. */
static void print_value(const json_t *value, FILE *out)
{
    if (json_is_string(value))
        text_print(out, TEXT_FIELD, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        fprintf(out, "%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "true" : "false", out);
}

static void write_path(const json_t *result, const char *path, FILE *out)
{
    fprintf(out, "%s\t", path);
    print_value(figure_find(result, path), out);
    fputc('\n', out);
}

static void write_columns(const json_t *element, const char *const *columns, FILE *out)
{
    for (size_t i = 0; i < COLUMNS_MAX && columns[i]; i++) {
        fputc('\t', out);
        print_value(json_object_get(element, columns[i]), out);
    }
    fputc('\n', out);
}

/* "user", the check's name, who, and what is said of them. A row or a record may be nobody's. */
static void write_users(const struct run *run, const struct finding *finding, const char *name,
                        FILE *out)
{
    _cleanup_(buf_free) struct buf said;
    buf_init(&said, 1 << 20);
    for (size_t i = 0; i < finding->witnesses_count; i++) {
        const struct witness *witness = &finding->witnesses[i];
        buf_clear(&said);
        witness_describe(witness, run->roster, run->history.origin, &said);
        fputs("user\t", out);
        text_print(out, TEXT_FIELD, name);
        fputc('\t', out);
        if (witness->user.known)
            text_print_user(out, TEXT_FIELD, run->roster, witness->user.value);
        fputc('\t', out);
        text_print(out, TEXT_FIELD, buf_text(&said));
        fputc('\n', out);
    }
}

static void write_checks(const struct run *run, const json_t *result, FILE *out)
{
    const json_t *checks = json_object_get(result, "checks");
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        char name[FINDING_NAME];
        finding_name(finding, name, sizeof name);
        fputs("check\t", out);
        text_print(out, TEXT_FIELD, name);
        write_columns(json_array_get(checks, i), check_columns, out);
        write_users(run, finding, name, out);
    }
}

static void write_answers(const json_t *result, FILE *out)
{
    const json_t *answers = json_object_get(result, "answers");
    for (size_t i = 0; i < json_array_size(answers); i++) {
        fputs("answer", out);
        write_columns(json_array_get(answers, i), answer_columns, out);
    }
}

int tsv_write(const struct run *run, const json_t *result, FILE *out, struct err *err)
{
    (void)err;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        write_path(result, paths[i], out);
    for (size_t i = 0; i < figures_count; i++)
        write_path(result, figures_table[i].path, out);
    write_checks(run, result, out);
    write_answers(result, out);
    return 0;
}
