/* links: archive report plant verify scenario model */
/* The archive: what is saved comes back as it was, and what cannot be read is told with file and
 * line. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/aside.h"
#include "plant.h"
#include "report/report.h"
#include "scenario/scenario.h"
#include "verify/checks.h"

static char root[64];

static void make_root(void)
{
    snprintf(root, sizeof root, "/tmp/rushproof-test-XXXXXX");
    cr_assert(mkdtemp(root));
}

static void remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        char child[512];
        struct stat status;
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (!lstat(child, &status) && S_ISDIR(status.st_mode))
            remove_tree(child);
        else
            unlink(child);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static void remove_root(void)
{
    remove_tree(root);
}

TestSuite(archive, .init = make_root, .fini = remove_root);

static void put_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fputs(text, file);
    fclose(file);
}

static char *get_file(const char *dir, const char *name, size_t *ret_size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *ret_size = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(1, *ret_size + 1);
    cr_assert_eq(fread(text, 1, *ret_size, file), *ret_size);
    fclose(file);
    return text;
}

/* ---- round trip ---- */

/* Whoever adds a member to one of these: save it (a row in report/result_tables.c, a column in
 * archive/timeline_csv.c, plant a value for it in tests/report), then mend the number. */
_Static_assert(sizeof(struct sample) == 112, "is the new member saved?");
_Static_assert(sizeof(struct drain_result) == 768, "is the new member saved?");
_Static_assert(sizeof(struct finding) == 1136, "is the new member saved?");
_Static_assert(sizeof(struct witness) == 88, "is the new member saved?");
_Static_assert(sizeof(struct load_phase_info) == 192, "is the new member saved?");
_Static_assert(sizeof(struct process_info) == 56, "is the new member saved?");
_Static_assert(sizeof(struct answer_kind) == 920, "is the new member saved?");
_Static_assert(sizeof(struct bystander_period) == 56, "is the new member saved?");
_Static_assert(sizeof(struct database_cost) == 32, "is the new member saved?");

struct kind {
    char name[16];
    int64_t requests;
};

ParameterizedTestParameters(archive, round_trip)
{
    static struct kind kinds[] = {
        {"pass", 0},    {"fail24", 0}, {"lossy", 0},       {"unfair", 0}, {"invalid", 0},
        {"stalled", 0}, {"broken", 0}, {"interrupted", 0}, {"faults", 0}, {"million", 20000}};
    return cr_make_param_array(struct kind, kinds, sizeof kinds / sizeof *kinds);
}

#define SAME(member) cr_expect_arr_eq(&a->member, &b->member, sizeof a->member, #member)

static void compare_rows(const struct rows *a, const struct rows *b)
{
    cr_assert_eq(a->known, b->known);
    cr_assert_eq(a->asked, b->asked);
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        cr_assert_eq(a->v[i].user, b->v[i].user);
        cr_assert_eq(a->v[i].id, b->v[i].id);
    }
}

static void compare_evidence(const struct evidence *a, const struct evidence *b)
{
    compare_rows(&a->before, &b->before);
    compare_rows(&a->coupons, &b->coupons);
    compare_rows(&a->parked, &b->parked);
    cr_assert_eq(a->produced.known, b->produced.known);
    cr_assert_eq(a->produced.count, b->produced.count);
    for (size_t i = 0; i < a->produced.count; i++) {
        const struct produced_record *x = &a->produced.v[i], *y = &b->produced.v[i];
        cr_assert(x->user == y->user && x->offset == y->offset && x->partition == y->partition &&
                  x->topic == y->topic && x->decoded == y->decoded);
    }
    cr_assert_eq(a->produced.asked, b->produced.asked);
    cr_assert_str_eq(a->produced.undecoded, b->produced.undecoded);
    cr_assert_eq(a->dead_letter.asked, b->dead_letter.asked);
    cr_assert_str_eq(a->dead_letter.undecoded, b->dead_letter.undecoded);
    cr_assert_eq(a->counter.asked, b->counter.asked);
    cr_assert_eq(a->counter.known, b->counter.known);
    cr_assert_eq(a->counter.before, b->counter.before);
    cr_assert_eq(a->counter.after, b->counter.after);
}

static void compare_timelines(const struct timeline *a, const struct timeline *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct sample *x = &a->v[i], *y = &b->v[i];
        cr_assert(x->at == y->at && x->answered == y->answered && x->rows == y->rows &&
                      x->parked == y->parked && x->saved == y->saved && x->counter == y->counter &&
                      x->members == y->members && x->records == y->records &&
                      x->unsaved == y->unsaved && x->committed_at == y->committed_at &&
                      x->ends_at == y->ends_at && x->rows_at == y->rows_at &&
                      x->flags == y->flags && x->partitions_count == y->partitions_count,
                  "sample %zu", i);
        for (uint32_t k = 0; k < x->partitions_count; k++) {
            const struct partition_reading *p = &x->partitions[k], *q = &y->partitions[k];
            cr_assert(p->topic == q->topic && p->partition == q->partition &&
                          p->committed == q->committed && p->end == q->end,
                      "sample %zu, partition %u", i, k);
        }
    }
}

static void compare_findings(const struct findings *a, const struct findings *b)
{
    cr_assert_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct finding *x = &a->v[i], *y = &b->v[i];
        cr_assert_str_eq(x->check, y->check);
        cr_assert_str_eq(x->expected, y->expected);
        cr_assert_str_eq(x->actual, y->actual);
        cr_assert_str_eq(x->message, y->message);
        cr_assert_str_eq(x->hint, y->hint);
        cr_assert_eq(x->verdict, y->verdict);
        cr_assert_eq(x->took, y->took);
        cr_assert_eq(x->witnesses_count, y->witnesses_count);
        for (size_t k = 0; k < x->witnesses_count; k++) {
            struct witness p = x->witnesses[k], q = y->witnesses[k];
            cr_assert_str_eq(p.what, q.what);
            p.what = q.what = NULL;
            cr_assert(p.user == q.user && p.released == q.released && p.done == q.done &&
                          p.other == q.other && p.other_released == q.other_released &&
                          p.other_done == q.other_done && p.row == q.row && p.offset == q.offset &&
                          p.partition == q.partition && p.at == q.at,
                      "%s, witness %zu", x->check, k);
        }
    }
}

static void compare_runs(const struct run *a, const struct run *b)
{
    SAME(version);
    SAME(wall_start);
    SAME(round);
    SAME(rounds);
    SAME(phases);
    SAME(load);
    SAME(memory);
    SAME(answers);
    SAME(drain);
    SAME(events_count);
    SAME(events);
    SAME(processes_count);
    SAME(processes);
    SAME(bystander_count);
    SAME(bystander);
    SAME(database);
    SAME(watched);
    SAME(redis);
    SAME(postgres);
    SAME(kafka);
    SAME(tally);
    SAME(verdict);
    SAME(exit_code);
    SAME(interrupted);
    cr_expect_str_eq(a->libraries, b->libraries);
    cr_expect_str_eq(a->invalid, b->invalid);
    cr_expect_str_eq(a->error, b->error);
    cr_expect_str_eq(a->explanation, b->explanation);
    cr_expect_str_eq(a->warning, b->warning);
    cr_expect_str_eq(a->advice, b->advice);
    cr_expect_str_eq(a->not_checked, b->not_checked);
    cr_expect_str_eq(a->scenario_text, b->scenario_text);
    cr_expect_str_eq(a->scenario->name, b->scenario->name);
    cr_assert_eq(a->history.count, b->history.count);
    cr_assert_eq(a->history.origin, b->history.origin);
    if (a->history.count)
        cr_expect_arr_eq(a->history.v, b->history.v, a->history.count * sizeof *a->history.v);
    compare_evidence(&a->evidence, &b->evidence);
    compare_timelines(&a->timeline, &b->timeline);
    compare_findings(&a->findings, &b->findings);
}

/* Every report from the run as it was and from the run that came back: the same bytes. */
static void compare_reports(const struct run *a, const struct run *b)
{
    size_t count;
    const struct report_writer *writers = report_table(&count);
    for (size_t i = 0; i < count; i++) {
        char *texts[2] = {0};
        size_t sizes[2] = {0};
        for (int k = 0; k < 2; k++) {
            struct err err = {0};
            FILE *out = open_memstream(&texts[k], &sizes[k]);
            cr_assert_eq(report_write_one(writers[i].name, k ? b : a, out, &err), 0, "%s",
                         err.message);
            fclose(out);
        }
        cr_expect_eq(sizes[0], sizes[1], "%s", writers[i].name);
        cr_expect(sizes[0] == sizes[1] && !memcmp(texts[0], texts[1], sizes[0]), "%s",
                  writers[i].name);
        free(texts[0]);
        free(texts[1]);
    }
}

ParameterizedTest(struct kind *kind, archive, round_trip)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run(kind->name, kind->requests, &saved, &planted, &err), 0, "%s",
                 err.message);
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    compare_runs(&saved, &loaded);
    compare_reports(&saved, &loaded);

    /* Judged again, the evidence gives the same findings; only the time that it took may differ. */
    if (saved.findings.count) {
        findings_free(&loaded.findings);
        cr_assert_eq(checks_run(&loaded, &err), 0);
        for (size_t i = 0; i < loaded.findings.count; i++)
            loaded.findings.v[i].took = saved.findings.v[i].took;
        compare_runs(&saved, &loaded);
    }
    plant_free(&saved, planted);
    run_free(&loaded);
    scenario_free(scenario);
}

Test(archive, hostile_texts_come_back_as_valid_text)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("hostile", 0, &saved, &planted, &err), 0, "%s", err.message);
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    cr_expect_str_eq(loaded.events[0].what, "<script>alert(1)</script> & more");
    cr_expect(strstr(loaded.drain.detail, "\xef\xbf\xbd\xef\xbf\xbd | `code`"),
              "bytes that are no UTF-8 become U+FFFD: %s", loaded.drain.detail);
    cr_expect_eq(loaded.history.v[3].user, INT64_MAX);
    cr_expect_eq(loaded.history.v[4].user, INT64_MIN + 1);
    cr_expect_eq(loaded.history.v[600].cls, CLASS_UNKNOWN);
    cr_expect_eq(loaded.history.v[600].done, 0);
    cr_expect_eq(loaded.history.v[601].released, 0);
    plant_free(&saved, planted);
    run_free(&loaded);
    scenario_free(scenario);
}

Test(archive, asked_values_come_back)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("pass", 10, &saved, &planted, &err), 0, "%s", err.message);
    saved.evidence.asked = calloc(3, sizeof *saved.evidence.asked);
    saved.evidence.asked_count = 3;
    saved.evidence.asked[0] = (struct asked){true, strdup("100"), NULL};
    saved.evidence.asked[1] = (struct asked){true, NULL, NULL};
    saved.evidence.asked[2] = (struct asked){false, NULL, strdup("relation \"x\" is not there")};
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    cr_assert_eq(loaded.evidence.asked_count, 3);
    cr_expect_str_eq(loaded.evidence.asked[0].value, "100");
    cr_expect(loaded.evidence.asked[1].known && !loaded.evidence.asked[1].value);
    cr_expect_str_eq(loaded.evidence.asked[2].reason, "relation \"x\" is not there");
    plant_free(&saved, planted);
    run_free(&loaded);
    scenario_free(scenario);
}

/* ---- directories ---- */

Test(archive, directories_are_never_reused_and_latest_is_the_newest)
{
    static struct run first, second;
    struct scenario scenario = {.name = (char *)"../a b/ü"};
    struct err err = {0};
    char inner[96], link[128], target[256] = "";
    snprintf(inner, sizeof inner, "%s/not/yet/there", root);
    snprintf(link, sizeof link, "%s/latest", inner);
    run_init(&first);
    run_init(&second);
    first.scenario = second.scenario = &scenario;
    first.wall_start = second.wall_start = INT64_C(1795420862345000000);
    cr_assert_eq(archive_make_dir(inner, &first, &err), 0, "%s", err.message);
    cr_assert_eq(archive_make_dir(inner, &second, &err), 0, "%s", err.message);
    cr_expect_str_neq(first.dir, second.dir);
    cr_expect(!strncmp(first.dir, inner, strlen(inner)), "%s", first.dir);
    cr_expect(!strstr(first.dir + strlen(inner), ".."), "%s leads out of the root", first.dir);
    cr_assert_gt(readlink(link, target, sizeof target - 1), 0);
    cr_expect_str_eq(target, second.dir + strlen(inner) + 1, "the link is relative");
}

Test(archive, a_root_that_is_a_file_is_an_error)
{
    static struct run run;
    struct scenario scenario = {.name = (char *)"x"};
    struct err err = {0};
    char path[96];
    put_file("file", "");
    snprintf(path, sizeof path, "%s/file", root);
    run_init(&run);
    run.scenario = &scenario;
    cr_expect_eq(archive_make_dir(path, &run, &err), -(int)ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "cannot make the directory"), "%s", err.message);
}

Test(archive, files_are_whole_or_not_there)
{
    struct aside aside = {0};
    struct err err = {0};
    size_t size;
    put_file("a.txt", "old");
    cr_assert_eq(aside_open(&aside, root, "a.txt", &err), 0);
    fputs("half", aside.file);
    fflush(aside.file);
    char *text = get_file(root, "a.txt", &size);
    cr_expect_str_eq(text, "old", "the old file stays until the new one is whole");
    free(text);
    aside_drop(&aside);
    cr_expect_null(get_file(root, "a.txt.part", &size));
    cr_assert_eq(aside_open(&aside, root, "a.txt", &err), 0);
    fputs("new", aside.file);
    cr_assert_eq(aside_commit(&aside, &err), 0);
    text = get_file(root, "a.txt", &size);
    cr_expect_str_eq(text, "new");
    free(text);
    cr_expect_null(get_file(root, "a.txt.part", &size));
}
