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

Test(scenario_files, the_readme_has_every_key_and_check)
{
    char *readme = read_all(in_scenarios("README.md"));
    const char *start = strstr(readme, keys_start);
    const char *end = strstr(readme, keys_end);
    cr_assert(start && end);
    char *keys = printed(scenario_print_keys), *checks = printed(scenario_print_checks);
    struct buf want;
    buf_init(&want, 1 << 20);
    buf_add(&want, readme, (size_t)(start - readme) + strlen(keys_start));
    buf_addf(&want, "\n%s\n%s\n%s", keys, checks, end);
    compare(in_scenarios("README.md"), buf_text(&want));
    buf_free(&want);
    free(keys);
    free(checks);
    free(readme);
}

/* The pages of the site. */
Test(scenario_files, the_pages_have_every_key_and_check)
{
    static const struct {
        const char *path, *head;
        int (*print)(FILE *out, struct err *err);
    } pages[] = {
        {"../docs/reference/keys.md",
         "# Every key of a scenario\n\nDots lead into mappings, `*` stands for each entry of a "
         "list.\n\n",
         scenario_print_keys},
        {"../docs/reference/checks.md", "# Every check\n\n", scenario_print_checks},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char *table = printed(pages[i].print);
        struct buf want;
        buf_init(&want, 1 << 20);
        buf_addf(&want, "%s%s", pages[i].head, table);
        compare(in_scenarios(pages[i].path), buf_text(&want));
        buf_free(&want);
        free(table);
    }
}
