/* links: scenario */
/* Files that are no scenario, and those that would be too much of one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/scenario.h"

static void expect_refused(const char *path, const char *want)
{
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_expect_eq(scenario_load(path, NULL, 0, &scenario, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, want), "want %s, got %s", want, err.message);
}

static void write_file(const char *path, const char *bytes, size_t count)
{
    FILE *file = fopen(path, "w");
    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, count, file), count);
    fclose(file);
}

Test(scenario_refused, files_that_are_none)
{
    char dir[] = "/tmp/scenario-errors-XXXXXX";
    cr_assert(mkdtemp(dir));
    char path[128];
    snprintf(path, sizeof path, "%s/t.yaml", dir);
    expect_refused(dir, "is a directory; allowed: a scenario's file");
    expect_refused(path, "No such file or directory");
    write_file(path, "", 0);
    expect_refused(path, "is empty; allowed: a mapping with name");
    write_file(path, "# nothing\n", 10);
    expect_refused(path, "is empty");
    write_file(path, "- a\n", 4);
    expect_refused(path, ":1: is no mapping");
    write_file(path, "name: a\0b\n", 10);
    expect_refused(path, "not UTF-8 text");
    cr_assert_eq(truncate(path, (1 << 20) + 1), 0);
    expect_refused(path, "is larger than a scenario can be; allowed: 1 MiB");
    unlink(path);
    expect_refused("/dev/zero", "is larger than a scenario can be");
    rmdir(dir);
}

/* Ten levels of ten aliases each would be ten billion values. */
Test(scenario_refused, an_alias_bomb_is_refused_quickly, .timeout = 10)
{
    char text[4096];
    int used = snprintf(text, sizeof text, "name: t\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i <= 9; i++)
        used +=
            snprintf(text + used, sizeof text - (size_t)used,
                     "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
                     i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(scenario_load_text("t.yaml", text, NULL, 0, &scenario, &err), -ERR_USAGE);
    cr_assert(strstr(err.message, "too many values; allowed: 20000"), "%s", err.message);
}
