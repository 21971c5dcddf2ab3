/* links: scenario */
/* Scenarios by name and by path. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/library.h"

/* A program's directory with a library around it, and a working directory with another one. */
static char base[] = "/tmp/library-XXXXXX";
static char program_dir[PATH_MAX];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(file, "%s", path);
    fputs(text, file);
    fclose(file);
}

static void set_up(void)
{
    static const char *const dirs[] = {"usr",
                                       "usr/bin",
                                       "usr/share",
                                       "usr/share/rushproof",
                                       "usr/share/rushproof/scenarios",
                                       "usr/share/rushproof/scenarios/faults",
                                       "here",
                                       "here/scenarios",
                                       "here/kafka",
                                       "own"};
    cr_assert(mkdtemp(base));
    cr_assert_eq(chdir(base), 0);
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        cr_assert_eq(mkdir(dirs[i], 0777), 0);
    write_file("usr/share/rushproof/scenarios/kafka.yaml", "description: >-\n  two\n  lines\n");
    write_file("usr/share/rushproof/scenarios/README.md", "no scenario");
    write_file("usr/share/rushproof/scenarios/faults/kill.yaml", "name: kill\n");
    write_file("usr/share/rushproof/scenarios/broken.yaml", "a: [");
    write_file("here/scenarios/mine.yaml", "description: mine\n");
    write_file("here/scenarios/both.yaml", "description: from here\n");
    write_file("usr/share/rushproof/scenarios/both.yaml", "description: installed\n");
    write_file("own/given.yaml", "description: given\n");
    snprintf(program_dir, sizeof program_dir, "%s/usr/bin", base);
    cr_assert_eq(chdir("here"), 0);
    unsetenv("RUSHPROOF_SCENARIOS");
}

static void tear_down(void)
{
    char command[PATH_MAX];
    snprintf(command, sizeof command, "rm -r %s", base);
    cr_expect_eq(system(command), 0);
}

static const struct library_entry *entry_of(const struct library *library, const char *name)
{
    for (size_t i = 0; i < library->count; i++)
        if (!strcmp(library->v[i].name, name))
            return &library->v[i];
    return NULL;
}

Test(library, lists, .init = set_up, .fini = tear_down)
{
    struct library library = {0};
    struct err err = {0};
    cr_assert_eq(library_list(program_dir, &library, &err), 0);
    cr_assert_eq(library.count, 5);
    for (size_t i = 1; i < library.count; i++)
        cr_expect_lt(strcmp(library.v[i - 1].name, library.v[i].name), 0);
    cr_expect_str_eq(entry_of(&library, "kafka")->description, "two lines");
    cr_expect_str_eq(entry_of(&library, "both")->description, "from here");
    cr_expect_str_eq(entry_of(&library, "faults/kill")->description, "");
    cr_expect(strstr(entry_of(&library, "broken")->description, "broken.yaml:"));
    library_free(&library);
    library_free(&library);

    char own[PATH_MAX];
    snprintf(own, sizeof own, "%s/own", base);
    setenv("RUSHPROOF_SCENARIOS", own, 1);
    cr_assert_eq(library_list(program_dir, &library, &err), 0);
    cr_expect_eq(library.count, 6);
    cr_expect_not_null(entry_of(&library, "given"));
    library_free(&library);
}

Test(library, lists_nothing_where_nothing_is)
{
    struct library library = {0};
    struct err err = {0};
    cr_assert_eq(chdir("/proc"), 0);
    cr_assert_eq(library_list("/proc/self/fd", &library, &err), 0);
    cr_expect_eq(library.count, 0);
    library_free(&library);
    char *path = NULL;
    cr_expect_eq(library_find("/proc/self/fd", "kafka", &path, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, "nor any other in ./scenarios or /proc/self/fd/../share"), "%s",
              err.message);
}

static void expect_found(const char *name, const char *end)
{
    char *path = NULL;
    struct err err = {0};
    cr_expect_eq(library_find(program_dir, name, &path, &err), 0, "%s: %s", name, err.message);
    if (path) {
        size_t length = strlen(path), tail = strlen(end);
        cr_expect(length >= tail && !strcmp(path + length - tail, end), "%s", path);
    }
    free(path);
}

static void expect_missing(const char *name, const char *want)
{
    char *path = NULL;
    struct err err = {0};
    cr_expect_eq(library_find(program_dir, name, &path, &err), -ERR_USAGE, "%s", name);
    cr_expect_null(path);
    cr_expect_str_eq(err.message, want);
}

Test(library, finds, .init = set_up, .fini = tear_down)
{
    expect_found("mine", "./scenarios/mine.yaml");
    expect_found("mine.yaml", "./scenarios/mine.yaml");
    expect_found("scenarios/mine.yaml", "scenarios/mine.yaml");
    expect_found("both", "./scenarios/both.yaml");
    expect_found("kafka", "rushproof/scenarios/kafka.yaml"); /* a directory of that name is here */
    expect_found("faults/kill", "scenarios/faults/kill.yaml");
    expect_found("../own/given.yaml", "../own/given.yaml");
    expect_missing("kafak", "there is no scenario 'kafak'; did you mean 'kafka'?");
    expect_missing("nothing-like-it", "there is no scenario 'nothing-like-it'");
    expect_missing("scenarios", "scenarios: is a directory; allowed: a scenario's name or file");
    expect_missing("", "there is no scenario ''");
}
