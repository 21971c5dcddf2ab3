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
#include "same_run.h"
#include "scenario/scenario.h"
#include "verify/checks.h"
#include "verify/race.h"

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
_Static_assert(sizeof(struct sample) == 152, "is the new member saved?");
_Static_assert(sizeof(struct drain_result) == 776, "is the new member saved?");
/* Of a finding what is told is saved; the figures behind it are made by judging again. */
_Static_assert(sizeof(struct finding) == 1248, "is the new member saved?");
_Static_assert(sizeof(struct witness) == 200, "is the new member saved?");
_Static_assert(sizeof(struct load_phase_info) == 744, "is the new member saved?");
_Static_assert(sizeof(struct server_info) == 488, "is the new member saved?");
_Static_assert(sizeof(struct process_info) == 1112, "is the new member saved?");
_Static_assert(sizeof(struct answer_kind) == 920, "is the new member saved?");
_Static_assert(sizeof(struct instance_info) == 88, "is the new member saved?");
_Static_assert(sizeof(struct agent_part) == 136, "is the new member saved?");
_Static_assert(sizeof(struct load_decisions) == 72, "is the new member saved?");
_Static_assert(sizeof(struct bystander_period) == 56, "is the new member saved?");
_Static_assert(sizeof(struct target_info) == 456, "is the new member saved?");
_Static_assert(sizeof(struct database_cost) == 32, "is the new member saved?");
_Static_assert(sizeof(struct trace_statement) == 160, "is the new member saved?");

struct kind {
    char name[16];
    int64_t requests;
    bool uuids; /* its users are called by UUIDs */
};

/* The same run of a service that knows its users by UUIDs. */
static void call_by_uuids(struct run *run, struct scenario *scenario)
{
    struct err err = {0};
    free(scenario->users.ids.form);
    scenario->users.ids.form = strdup("uuid");
    run->roster = roster_of(scenario);
    free(run->scenario_text);
    struct buf text;
    buf_init(&text, (size_t)1 << 20);
    cr_assert_eq(scenario_print(scenario, &text, &err), 0);
    run->scenario_text = buf_steal(&text);
    findings_free(&run->findings);
    cr_assert_eq(checks_run(run, &err), 0);
}

ParameterizedTestParameters(archive, round_trip)
{
    static struct kind kinds[] = {
        {"pass", 0, false},   {"fail24", 0, false},  {"lossy", 0, false},
        {"unfair", 0, false}, {"invalid", 0, false}, {"stalled", 0, false},
        {"broken", 0, false}, {"faults", 0, false},  {"interrupted", 0, false},
        {"pass", 0, true},    {"fail24", 0, true},   {"unfair", 0, true},
        {"faults", 0, true},  {"lossy", 0, true},    {"million", 20000, false},
        {"raced", 0, false},  {"raced", 0, true}};
    return cr_make_param_array(struct kind, kinds, sizeof kinds / sizeof *kinds);
}

ParameterizedTest(struct kind *kind, archive, round_trip)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run(kind->name, kind->requests, &saved, &planted, &err), 0, "%s",
                 err.message);
    if (kind->uuids)
        call_by_uuids(&saved, planted);
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    cr_assert_eq(race_explain(&loaded, &err), 0);
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

/* Who sent, and how far their clocks may be off: what is judged again is judged by it. */
Test(archive, agents_come_back)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("pass", 0, &saved, &planted, &err), 0, "%s", err.message);
    ns_t origin = saved.history.origin;
    const struct agent_part parts[] = {
        {1, 0, "host-a", 500, -5 * NS_PER_S, 45000, 80000, origin, origin + 9, origin + 5000000},
        {2, 0, "host-b", 500, 5 * NS_PER_S, 70000, 130000, origin, origin + 7, origin + 6000000}};
    saved.agents.size = 2;
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(agents_add(&saved.agents, &parts[i], &err), 0);
    for (size_t i = 0; i < saved.history.count; i++)
        saved.history.v[i].agent = (uint16_t)(i % 2 + 1);
    cr_assert_eq(agents_bind(&saved.agents, &saved.history, &err), 0);
    cr_assert_eq(tally_make(&saved.history, TALLY_ALL_PHASES, &saved.tally, &err), 0);
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    compare_runs(&saved, &loaded);
    compare_reports(&saved, &loaded);
    cr_assert_eq(loaded.agents.count, 2);
    cr_expect_eq(loaded.agents.size, 2);
    cr_expect_arr_eq(loaded.agents.v, saved.agents.v, sizeof parts);
    cr_expect_eq(history_bound(&loaded.history, &loaded.history.v[1]), 70000);
    cr_expect_gt(loaded.tally.spread_doubt, 0);
    plant_free(&saved, planted);
    run_free(&loaded);
    scenario_free(scenario);
}

/* No number stands for "none": the least user, row and rank that there are come back as they are.
 */
Test(archive, extreme_numbers_come_back)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("pass", 10, &saved, &planted, &err), 0, "%s", err.message);
    saved.history.v[0].user = INT64_MIN;
    request_set_rank(&saved.history.v[0], maybe_of(INT64_MIN));
    saved.evidence.coupons.v[0] = (struct row){INT64_MIN, INT64_MIN};
    saved.timeline.v[0].counter = maybe_of(-1);
    saved.target = (struct target_info){"localhost:8080 (127.0.0.1)", saved.history.origin - 1,
                                        "Connection refused"};
    struct finding *finding = findings_add(&saved.findings, "late");
    cr_assert_not_null(finding);
    struct witness *witness = finding_witness(finding, "the least there is");
    cr_assert_not_null(witness);
    witness->user = witness->other = witness->row = witness->offset = maybe_of(INT64_MIN);
    cr_assert_not_null(finding_witness(finding, "nobody"));
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    compare_runs(&saved, &loaded);
    compare_reports(&saved, &loaded);
    size_t size;
    char *text = get_file(root, "result.json", &size);
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, "\"user\": -9223372036854775808"));
    free(text);
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
    saved.evidence.coupons.gone = 50;
    free(saved.evidence.coupons.v);
    saved.evidence.coupons.v = NULL;
    saved.evidence.coupons.count = 0;
    saved.evidence.coupons.known = false;
    strcpy(saved.evidence.coupons.reason, "postgres: row 7 of the coupons query has no user");
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    cr_assert_eq(archive_load(root, &loaded, &scenario, &err), 0, "%s", err.message);
    cr_expect_eq(loaded.evidence.coupons.gone, 50);
    cr_expect_str_eq(loaded.evidence.coupons.reason, saved.evidence.coupons.reason);
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
