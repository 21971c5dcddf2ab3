/* links: model scenario verify */
/* Committed files that the program writes itself: they must be what it would write now.
 * RUSHPROOF_UPDATE=1 writes them instead. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/check.h"
#include "scenario/scenario.h"

static const char keys_start[] =
    "<!-- keys: written by tests/unit/test_scenario_files.c from the program's own tables -->\n";
static const char keys_end[] = "<!-- end of keys -->\n";

static const char *in_scenarios(const char *name)
{
    static char path[PATH_MAX];
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s", __FILE__);
    snprintf(path, sizeof path, "%s/../../scenarios/%s", dirname(file), name);
    return path;
}

static char *read_all(const char *path)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    struct err err = {0};
    cr_assert_eq(scenario_read(path, &text, &err), 0, "%s", err.message);
    return buf_steal(&text);
}

static char *printed(int (*print)(FILE *out, struct err *err))
{
    char *text = NULL;
    size_t size = 0;
    struct err err = {0};
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(print(out, &err), 0, "%s", err.message);
    fclose(out);
    return text;
}

static void compare(const char *path, const char *want)
{
    if (getenv("RUSHPROOF_UPDATE")) {
        FILE *file = fopen(path, "w");
        cr_assert(file);
        fputs(want, file);
        fclose(file);
        return;
    }
    char *got = read_all(path);
    size_t same = 0;
    while (got[same] && got[same] == want[same])
        same++;
    cr_expect(!strcmp(got, want), "%s is not up to date (RUSHPROOF_UPDATE=1 writes it), at: %.80s",
              path, want + same);
    free(got);
}

Test(scenario_files, schema_is_the_generated_one)
{
    char *schema = printed(scenario_print_schema);
    json_error_t error;
    json_t *json = json_loads(schema, 0, &error);
    cr_assert_not_null(json, "%s", error.text);
    cr_expect_str_eq(json_string_value(json_object_get(json, "$schema")),
                     "https://json-schema.org/draft/2020-12/schema");
    json_decref(json);
    compare(in_scenarios("scenario.schema.json"), schema);
    free(schema);
}

static void add_checks(struct buf *text)
{
    size_t count;
    const struct check *checks = checks_table(&count);
    buf_adds(text, "\n| check | holds when | runs by default | parameters in `expect` |\n"
                   "|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        buf_addf(text, "| `%s`", checks[i].name);
        if (*checks[i].also)
            buf_addf(text, " or `%s`", checks[i].also);
        cr_expect(*checks_title(checks[i].name), "%s has no title", checks[i].name);
        buf_addf(text, ": %s | %s | %s | ", checks[i].title, checks[i].help,
                 checks[i].by_default ? "yes" : "");
        for (size_t k = 0; checks[i].takes && checks[i].takes[k]; k++)
            buf_addf(text, "%s`%s`", k ? " " : "", checks[i].takes[k]);
        buf_adds(text, " |\n");
    }
}

Test(scenario_files, the_readme_has_every_key_and_check)
{
    char *readme = read_all(in_scenarios("README.md"));
    const char *start = strstr(readme, keys_start);
    const char *end = strstr(readme, keys_end);
    cr_assert(start && end);
    char *keys = printed(scenario_print_keys);
    struct buf want;
    buf_init(&want, 1 << 20);
    buf_add(&want, readme, (size_t)(start - readme) + strlen(keys_start));
    buf_addf(&want, "\n%s", keys);
    add_checks(&want);
    buf_addf(&want, "\n%s", end);
    compare(in_scenarios("README.md"), buf_text(&want));
    buf_free(&want);
    free(keys);
    free(readme);
}
