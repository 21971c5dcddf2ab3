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
    SAME(drain);
    SAME(events_count);
    SAME(events);
    SAME(processes_count);
    SAME(processes);
    SAME(bystander_count);
    SAME(bystander);
    SAME(database);
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

/* ---- from elsewhere ---- */

static int load_foreign(const char *history, struct run *run, struct scenario **scenario,
                        struct err *err)
{
    char path[128];
    put_file("history.csv", history);
    snprintf(path, sizeof path, "%s/history.csv", root);
    return archive_load(path, run, scenario, err);
}

Test(archive, a_foreign_history_needs_five_columns_in_any_order)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    put_file("coupons.csv", "user\n7\n\"8\"\n");
    int rc = load_foreign("\xef\xbb\xbfoutcome,user,extra,done_ns,released_ns,rank\r\n"
                          "accepted,7,\"a, \"\"b\"\"\",2000,-1000,1\r\n"
                          "rejected,8,,2500,0,\r\n"
                          "\r\n"
                          "unknown,7,,,2600,\r\n"
                          "skipped,9,,,,",
                          &run, &scenario, &err);
    cr_assert_eq(rc, 0, "%s", err.message);
    cr_assert_eq(run.history.count, 4);
    const struct request *v = run.history.v;
    cr_expect_eq(v[0].user, 7);
    cr_expect_eq(v[0].cls, CLASS_ACCEPTED);
    cr_expect_eq(v[0].rank, 1);
    cr_expect_eq(v[0].done - v[0].released, 3000);
    cr_expect_eq(v[0].released, run.history.origin);
    cr_expect_gt(v[0].released, 0, "0 means never, whatever the clock");
    cr_expect_eq(v[1].rank, RANK_NONE);
    cr_expect_eq(v[1].attempt, 1);
    cr_expect_eq(v[2].attempt, 2, "the second request of user 7");
    cr_expect_eq(v[2].done, 0);
    cr_expect_eq(v[3].released, 0);
    cr_expect_eq(run.tally.sent, 3);
    cr_expect_eq(run.tally.last_response, v[1].done,
                 "a decision is an answer without a status too");
    cr_expect_eq(run.evidence.coupons.count, 2);
    cr_expect_eq(run.evidence.coupons.v[1].user, 8);
    cr_expect_eq(run.evidence.coupons.v[1].id, 2, "the place in the file");
    cr_expect_not(run.evidence.parked.known);
    cr_expect_eq(checks_run(&run, &err), 0);
    cr_expect_gt(run.findings.count, 3);
    run_free(&run);
    scenario_free(scenario);
}

Test(archive, a_foreign_history_takes_limit_and_rows_from_the_caller)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    char history[128], rows[128];
    put_file("h.csv", "user,released_ns,done_ns,outcome,rank\n1,1,2,accepted,\n");
    put_file("r.csv", "user,id\n1,500\n");
    snprintf(history, sizeof history, "%s/h.csv", root);
    snprintf(rows, sizeof rows, "%s/r.csv", root);
    const char *const sets[] = {"limit=7"};
    const struct archive_foreign foreign = {
        .history = history, .coupons = rows, .sets = sets, .sets_count = 1};
    cr_assert_eq(archive_load_foreign(&foreign, &run, &scenario, &err), 0, "%s", err.message);
    cr_expect_eq(run.scenario->limit, 7);
    cr_expect_eq(run.evidence.coupons.v[0].id, 500);
    run_free(&run);
    scenario_free(scenario);
}

struct bad {
    char history[200];
    char message[100];
};

ParameterizedTestParameters(archive, bad_histories_are_told_by_file_and_line)
{
#define HEAD "user,released_ns,done_ns,outcome,rank\n"
    static struct bad bads[] = {
        {"", "history.csv:1: the file is empty"},
        {"user,done_ns,outcome\n1,2,accepted\n",
         "history.csv:1: the first line names no column 'released_ns'"},
        {HEAD "1,1,2,accepted,\nx,1,2,accepted,\n",
         "history.csv:3: user: 'x' is not a whole number"},
        {HEAD "9223372036854775808,1,2,accepted,\n", "history.csv:2: user: '9223372036854775808'"},
        {HEAD "1,1.5,2,accepted,\n", "history.csv:2: released_ns: '1.5'"},
        {HEAD "1,1,2,won,\n", "history.csv:2: outcome: 'won' is not known"},
        {HEAD "1,1,2,,\n", "history.csv:2: outcome: '' is not known"},
        {HEAD "1,1,2,accepted,first\n", "history.csv:2: rank: 'first'"},
        {HEAD "1,1,2,accepted\n", "history.csv:2: 4 fields, but the first line names 5 columns"},
        {HEAD "1,1,2,accepted,,\n", "history.csv:2: 6 fields"},
        {HEAD "1,1,2,\"accepted,\n", "history.csv:2: a quoted field does not end on its line"},
        {HEAD "1,1,2,\"accepted\"x,\n", "history.csv:2: text after a closing quote"},
        {HEAD "1,5,2,accepted,\n", "history.csv:2: done_ns is before released_ns"},
        {HEAD "1,5,,accepted,\n", "history.csv:2: an accepted or rejected request needs done_ns"},
        {HEAD "1,,9,rejected,\n", "history.csv:2: released_ns is empty"},
        {HEAD "1,5,,skipped,\n", "history.csv:2: a skipped request has no released_ns"},
    };
    return cr_make_param_array(struct bad, bads, sizeof bads / sizeof *bads);
}

ParameterizedTest(struct bad *bad, archive, bad_histories_are_told_by_file_and_line)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(load_foreign(bad->history, &run, &scenario, &err), -(int)ERR_USAGE);
    cr_expect(strstr(err.message, bad->message), "'%s' lacks '%s'", err.message, bad->message);
    cr_expect_null(scenario);
}

static void expect_damage(const char *file, const char *text, const char *message)
{
    static struct run saved, loaded;
    struct scenario *planted = NULL, *scenario = NULL;
    struct err err = {0};
    cr_assert_eq(plant_run("pass", 300, &saved, &planted, &err), 0, "%s", err.message);
    snprintf(saved.dir, sizeof saved.dir, "%s", root);
    cr_assert_eq(archive_save(&saved, &err), 0, "%s", err.message);
    put_file(file, text);
    cr_expect_eq(archive_load(root, &loaded, &scenario, &err), -(int)ERR_USAGE);
    cr_expect(strstr(err.message, message), "'%s' lacks '%s'", err.message, message);
    plant_free(&saved, planted);
}

Test(archive, damaged_files_are_told_by_name)
{
    expect_damage("result.json", "{\n\"schema\": 1,\n", "result.json:3:");
    expect_damage("result.json", "{\"schema\": 2, \"origin_ns\": 0}", ".schema");
    expect_damage("result.json",
                  "{\"schema\": 1, \"origin_ns\": 0, \"drain\": {\"rounds\": \"x\"}}",
                  "drain.rounds");
    expect_damage("result.json", "{\"schema\": 1, \"origin_ns\": 0, \"verdict\": \"good\"}",
                  "verdict");
    expect_damage("coupons.csv", "user,id\n1,\n\n2,z\n", "coupons.csv:4: id: 'z'");
    expect_damage("produced.csv", "topic,partition,offset,user\nother,0,0,1\n",
                  "produced.csv:2: topic: 'other'");
    expect_damage("timeline.csv", "at_ns,rows,flags\n5,1,odd\n", "timeline.csv:2: flags: 'odd'");
    expect_damage("timeline.csv", "at_ns,rows,partitions\n5,1,coupon_create/0=1\n",
                  "timeline.csv:2: partitions:");
    expect_damage("history.csv", "seq,user,released_ns,done_ns,outcome\n1,5,0,1,accepted\n",
                  "history.csv:2: seq is 1");
    expect_damage("scenario.yaml", "name: x\nlimit: -1\n", "scenario.yaml:");
}

Test(archive, what_is_no_run_is_an_error)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_expect_eq(archive_load(root, &run, &scenario, &err), -(int)ERR_USAGE);
    cr_expect(strstr(err.message, "neither result.json nor history.csv"), "%s", err.message);
    cr_expect_eq(archive_load("/no/such", &run, &scenario, &err), -(int)ERR_USAGE);
}
