/* links: archive report plant verify scenario model */
/* Files of a saved run, cut off and with bits turned: each is loaded or refused by name, and what
 * is loaded can be judged and rendered. Under the sanitizers this finds what is read past an end.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/aside.h"
#include "base/cleanup.h"
#include "base/rng.h"
#include "often.h"
#include "plant.h"
#include "report/report.h"
#include "scenario/scenario.h"
#include "verify/checks.h"

enum { CUTS = 24, FLIPS = 40, FILE_MAX_BYTES = 1 << 20 };

static char root[64];

static void make_root(void)
{
    snprintf(root, sizeof root, "/tmp/rushproof-test-XXXXXX");
    cr_assert(mkdtemp(root));
}

static void remove_root(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", root);
    cr_assert_eq(system(command), 0);
}

TestSuite(damage, .init = make_root, .fini = remove_root);

struct file {
    char path[160];
    char *bytes;
    size_t size;
};

static void read_file(const char *name, struct file *file)
{
    snprintf(file->path, sizeof file->path, "%s/%s", root, name);
    FILE *in = fopen(file->path, "r");
    cr_assert(in, "%s", file->path);
    file->bytes = malloc(FILE_MAX_BYTES);
    file->size = fread(file->bytes, 1, FILE_MAX_BYTES, in);
    fclose(in);
}

static void write_file(const struct file *file, const char *bytes, size_t size)
{
    FILE *out = fopen(file->path, "w");
    cr_assert(out);
    fwrite(bytes, 1, size, out);
    fclose(out);
}

/* Loads, judges and renders what is there. */
static void use(const char *what)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    int rc = archive_load(root, &run, &scenario, &err);
    if (rc) {
        cr_expect(err.code == ERR_USAGE && err.message[0], "%s: %s", what, err.message);
        return;
    }
    findings_free(&run.findings);
    if (!checks_run(&run, &err)) {
        char *text = NULL;
        cr_expect_eq(archive_result_json(&run, &text, &err), 0, "%s: %s", what, err.message);
        free(text);
        FILE *nowhere = fopen("/dev/null", "w");
        cr_expect_eq(report_write_one("html", &run, nowhere, &err), 0, "%s: %s", what, err.message);
        cr_expect_eq(report_write_one("summary", &run, nowhere, &err), 0, "%s", what);
        cr_expect_eq(report_write_one("junit", &run, nowhere, &err), 0, "%s", what);
        cr_expect_eq(report_write_one("metrics", &run, nowhere, &err), 0, "%s", what);
        fclose(nowhere);
    }
    run_free(&run);
    scenario_free(scenario);
}

static void cut(const struct file *file)
{
    char what[200];
    for (size_t i = 0; i < CUTS; i++) {
        size_t size = i < 4 ? i : file->size * i / CUTS;
        snprintf(what, sizeof what, "%s cut to %zu bytes", file->path, size);
        write_file(file, file->bytes, size < file->size ? size : file->size);
        use(what);
    }
}

/* Bits, and digits that make numbers huge. */
static void flip(const struct file *file, struct rng *rng)
{
    char what[200], *bytes = malloc(file->size + 32);
    for (size_t i = 0; file->size && i < (size_t)often(FLIPS); i++) {
        size_t at = rng_below(rng, file->size);
        memcpy(bytes, file->bytes, file->size);
        if (i % 2) {
            bytes[at] = (char)(bytes[at] ^ 1 << rng_below(rng, 8));
            write_file(file, bytes, file->size);
        } else {
            while (at < file->size && (bytes[at] < '0' || bytes[at] > '9'))
                at++;
            memmove(bytes + at + 18, bytes + at, file->size - at);
            memcpy(bytes + at, "922337203685477580", 18);
            write_file(file, bytes, file->size + 18);
        }
        snprintf(what, sizeof what, "%s changed at %zu (%zu)", file->path, at, i);
        use(what);
    }
    free(bytes);
}

static void damage(const char *kind, int64_t requests, uint64_t seed)
{
    static const char *const names[] = {"result.json",   "scenario.yaml", "history.csv",
                                        "timeline.csv",  "coupons.csv",   "produced.csv",
                                        "statements.csv"};
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    struct rng rng;
    rng_seed(&rng, seed);
    cr_assert_eq(plant_run(kind, requests, &run, &scenario, &err), 0, "%s", err.message);
    snprintf(run.dir, sizeof run.dir, "%s", root);
    cr_assert_eq(archive_save(&run, &err), 0, "%s", err.message);
    plant_free(&run, scenario);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[160];
        struct file file;
        snprintf(path, sizeof path, "%s/%s", root, names[i]);
        if (access(path, F_OK))
            continue;
        read_file(names[i], &file);
        cut(&file);
        flip(&file, &rng);
        write_file(&file, file.bytes, file.size);
        free(file.bytes);
    }
}

Test(damage, of_a_run_that_failed)
{
    damage("fail24", 60, 1);
}

Test(damage, of_a_run_with_faults)
{
    damage("faults", 60, 2);
}

Test(damage, of_a_run_with_statements)
{
    damage("raced", 150, 4);
}

Test(damage, of_a_hostile_run)
{
    damage("hostile", 0, 3);
}

/* A whole line less makes a file that is well-formed, and not what the run wrote. */
Test(damage, a_lost_line_or_file_is_refused)
{
    static const char *const names[] = {"history.csv", "timeline.csv", "coupons.csv",
                                        "produced.csv"};
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char path[160];
    cr_assert_eq(plant_run("fail24", 60, &run, &scenario, &err), 0, "%s", err.message);
    snprintf(run.dir, sizeof run.dir, "%s", root);
    cr_assert_eq(archive_save(&run, &err), 0, "%s", err.message);
    plant_free(&run, scenario);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct file file;
        read_file(names[i], &file);
        size_t size = file.size - 1;
        while (size && file.bytes[size - 1] != '\n')
            size--;
        write_file(&file, file.bytes, size);
        cr_expect_eq(archive_load(root, &run, &scenario, &err), -ERR_USAGE, "%s", names[i]);
        cr_expect(strstr(err.message, names[i]) && strstr(err.message, "result.json says"), "%s",
                  err.message);
        write_file(&file, file.bytes, file.size);
        free(file.bytes);
    }
    cr_assert_eq(archive_load(root, &run, &scenario, &err), 0, "%s", err.message);
    plant_free(&run, scenario);
    snprintf(path, sizeof path, "%s/result.json", root);
    unlink(path);
    cr_expect_eq(archive_load(root, &run, &scenario, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, "its result.json is not there"), "%s", err.message);
}

/* ---- writing ---- */

static size_t files_left(void)
{
    size_t count = 0;
    DIR *dir = opendir(root);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

Test(damage, a_link_is_not_followed)
{
    char path[160], target[160];
    struct err err = {0};
    struct stat status;
    snprintf(path, sizeof path, "%s/report.html", root);
    snprintf(target, sizeof target, "%s/target", root);
    cr_assert_eq(symlink(target, path), 0);
    _cleanup_(aside_drop) struct aside aside = {0};
    cr_assert_eq(aside_open(&aside, root, "report.html", &err), 0);
    fputs("page", aside.file);
    cr_assert_eq(aside_commit(&aside, &err), 0, "%s", err.message);
    cr_expect_eq(lstat(path, &status), 0);
    cr_expect(S_ISREG(status.st_mode));
    cr_expect(access(target, F_OK), "the link's target was written");
}

Test(damage, a_file_at_its_limit_is_told_and_gone)
{
    struct err err = {0};
    const struct rlimit limit = {1000, 1000};
    signal(SIGXFSZ, SIG_IGN);
    for (size_t size = 900; size < 200000; size *= 3) {
        _cleanup_(aside_drop) struct aside aside = {0};
        cr_assert_eq(aside_open(&aside, root, "big.csv", &err), 0);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        for (size_t i = 0; i < size; i++)
            fputc('x', aside.file);
        int rc = aside_commit(&aside, &err);
        cr_expect_eq(rc, size > 1000 ? -(int)ERR_ENVIRONMENT : 0, "%zu bytes", size);
        cr_expect(!rc || strstr(err.message, "big.csv: File too large"), "%s", err.message);
    }
    cr_expect_eq(files_left(), 1, "nothing but the file that fitted");
}
