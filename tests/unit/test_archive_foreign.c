/* links: archive report plant verify scenario model */
/* Histories from elsewhere, and saved runs that somebody damaged: told by file and line. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive.h"
#include "archive/files.h"
#include "plant.h"
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

TestSuite(foreign, .init = make_root, .fini = remove_root);

static void put_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fputs(text, file);
    fclose(file);
}

static int load_foreign(const char *history, struct run *run, struct scenario **scenario,
                        struct err *err)
{
    char path[128];
    put_file("history.csv", history);
    snprintf(path, sizeof path, "%s/history.csv", root);
    return archive_load(path, run, scenario, err);
}

Test(foreign, a_foreign_history_needs_five_columns_in_any_order)
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
    cr_expect(!v[1].ranked);
    cr_expect_eq(v[1].attempt, 1);
    cr_expect_eq(v[2].attempt, 2, "the second request of user 7");
    cr_expect_eq(v[2].done, 0);
    cr_expect_eq(v[2].cause, CAUSE_OTHER);
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

Test(foreign, a_foreign_history_takes_limit_and_rows_from_the_caller)
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

/* Ids as shops have them, and what a spreadsheet would take for a formula. */
Test(foreign, users_may_be_texts)
{
    static const char *const ids[] = {"ann@shop.example", "=1+1",       "'=1+1", "''-7", "007", "7",
                                      "a,\"b\"",          "caf\xc3\xa9"};
    enum { COUNT = sizeof ids / sizeof *ids };
    static struct run run, again;
    struct scenario *scenario = NULL;
    struct err err = {0};
    int rc =
        load_foreign("user,released_ns,done_ns,outcome\n"
                     "ann@shop.example,1,2,accepted\n\"'=1+1\",2,3,accepted\n"
                     "''=1+1,3,4,accepted\n'''-7,4,5,accepted\n007,5,6,accepted\n"
                     "7,6,7,accepted\n\"a,\"\"b\"\"\",7,8,rejected\ncaf\xc3\xa9,8,9,rejected\n",
                     &run, &scenario, &err);
    cr_assert_eq(rc, 0, "%s", err.message);
    cr_assert_eq(run.history.count, COUNT);
    char text[ROSTER_TEXT];
    for (size_t i = 0; i < COUNT; i++) {
        cr_expect_eq(run.history.v[i].user, (int64_t)i);
        roster_text(run.roster, (int64_t)i, text);
        cr_expect_str_eq(text, ids[i]);
    }
    run_init(&again);
    again.roster = roster_texts(false);
    char path[256];
    snprintf(path, sizeof path, "%s/history.csv", root);
    cr_assert_eq(history_csv_save(&run, root, &err), 0, "%s", err.message);
    cr_assert_eq(
        history_csv_load(path, run.history.origin, again.roster, again.items, &again.history, &err),
        0, "%s", err.message);
    for (size_t i = 0; i < COUNT; i++) {
        roster_text(again.roster, again.history.v[i].user, text);
        cr_expect_str_eq(text, ids[i], "saved and loaded");
    }
    run_free(&again);
    run_free(&run);
    scenario_free(scenario);
}

Test(foreign, a_coupon_of_nobody_is_named_as_it_is_spelled)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    put_file("coupons.csv", "user\nann\nZoe\n");
    int rc = load_foreign("user,released_ns,done_ns,outcome\nann,1,2,accepted\nbob,1,2,accepted\n",
                          &run, &scenario, &err);
    cr_assert_eq(rc, 0, "%s", err.message);
    cr_assert_eq(checks_run(&run, &err), 0);
    char *text = NULL;
    cr_assert_eq(archive_result_json(&run, &text, &err), 0, "%s", err.message);
    cr_expect(strstr(text, "\"user\": \"bob\""), "%s", text);
    cr_expect(strstr(text, "\"user\": \"Zoe\""), "%s", text);
    free(text);
    run_free(&run);
    scenario_free(scenario);
}

static enum verdict verdict_of(const struct run *run, const char *check)
{
    const struct finding *finding = findings_find(&run->findings, check);
    cr_assert(finding, "%s", check);
    return finding->verdict;
}

/* Who is not found because of how an id is written is not lost, and who is found instead is nobody
 * from elsewhere. */
#define COMPOSED "in how characters are composed (NFC) only"

Test(foreign, an_id_that_was_respelled_convicts_nobody)
{
    static const struct {
        const char *users[2], *rows[2];
        enum verdict lost, unexpected;
        const char *said;
    } cases[] = {
        {{"Ann", "bob"}, {"ann", "bob"}, VERDICT_UNKNOWN, VERDICT_UNKNOWN, "in case only: 'Ann'"},
        {{"Ann", "bob"}, {"ann", "BOB"}, VERDICT_UNKNOWN, VERDICT_UNKNOWN, "in case only"},
        {{"u 1", "bob"}, {"u 1 ", "bob"}, VERDICT_UNKNOWN, VERDICT_UNKNOWN, "in blanks only"},
        {{"x", "007"}, {"x", "7"}, VERDICT_UNKNOWN, VERDICT_UNKNOWN, "in leading zeros only"},
        {{"Ren\u00e9", "bob"}, {"Rene\u0301", "bob"}, VERDICT_UNKNOWN, VERDICT_UNKNOWN, COMPOSED},
        {{"\u1112\u1161\u11ab", "bob"},
         {"\ud55c", "bob"},
         VERDICT_UNKNOWN,
         VERDICT_UNKNOWN,
         COMPOSED},
        {{"Rene\u0301", "bob"},
         {"REN\u00c9", "bob"},
         VERDICT_UNKNOWN,
         VERDICT_UNKNOWN,
         "in case only"},
        {{"Ren\u00e9", "bob"}, {"Rene", "bob"}, VERDICT_FAIL, VERDICT_FAIL, ""},
        {{"Ann", "bob"}, {"Ann", "zoe"}, VERDICT_FAIL, VERDICT_FAIL, "'"},
        {{"Ann", "bob"}, {"Ann", "bob"}, VERDICT_PASS, VERDICT_PASS, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct run run;
        struct scenario *scenario = NULL;
        struct err err = {0};
        char history[200], rows[100];
        snprintf(history, sizeof history,
                 "user,released_ns,done_ns,outcome\n\"%s\",1,2,accepted\n\"%s\",1,2,accepted\n",
                 cases[i].users[0], cases[i].users[1]);
        snprintf(rows, sizeof rows, "user\n\"%s\"\n\"%s\"\n", cases[i].rows[0], cases[i].rows[1]);
        put_file("coupons.csv", rows);
        cr_assert_eq(load_foreign(history, &run, &scenario, &err), 0, "%s", err.message);
        cr_assert_eq(checks_run(&run, &err), 0);
        cr_expect_eq(verdict_of(&run, "lost"), cases[i].lost, "case %zu", i);
        cr_expect_eq(verdict_of(&run, "unexpected"), cases[i].unexpected, "case %zu", i);
        const char *said = findings_find(&run.findings, "unexpected")->message;
        if (cases[i].lost == VERDICT_UNKNOWN)
            cr_expect(strstr(said, cases[i].said), "case %zu: %s", i, said);
        run_free(&run);
        scenario_free(scenario);
    }
}

struct bad {
    char history[200];
    char message[100];
};

ParameterizedTestParameters(foreign, bad_histories_are_told_by_file_and_line)
{
#define HEAD "user,released_ns,done_ns,outcome,rank\n"
    static struct bad bads[] = {
        {"", "history.csv:1: the file is empty"},
        {"user,done_ns,outcome\n1,2,accepted\n",
         "history.csv:1: the first line names no column 'released_ns'"},
        {HEAD "1,1,2,accepted,\nx,1,2,accepted,\n",
         "history.csv:3: user: 'x' is not a whole number"},
        {HEAD "9223372036854775808,1,2,accepted,\n", "history.csv:2: user: '9223372036854775808'"},
        {HEAD "007,1,2,accepted,\n", "history.csv:2: user: '007' is not a whole number"},
        {HEAD "1,1.5,2,accepted,\n", "history.csv:2: released_ns: '1.5'"},
        {HEAD "1,1,2,won,\n", "history.csv:2: outcome: 'won' is not known"},
        {HEAD "1,1,2,,\n", "history.csv:2: outcome: '' is not known"},
        {HEAD "1,1,2,accepted,first\n", "history.csv:2: rank: 'first'"},
        {HEAD "1,1,2,accepted\n", "history.csv:2: 4 fields, but the first line names 5 columns"},
        {HEAD "1,1,2,accepted,,\n", "history.csv:2: 6 fields"},
        {HEAD "1,1,2,\"accepted,\n", "history.csv:2: a quote is opened and never closed"},
        {HEAD "1,1,2,\"accepted\"x,\n", "history.csv:2: something follows a closing quote"},
        {HEAD "1,5,2,accepted,\n", "history.csv:2: done_ns is before released_ns"},
        {HEAD "1,5,,accepted,\n", "history.csv:2: an accepted or rejected request needs done_ns"},
        {HEAD "1,,9,rejected,\n", "history.csv:2: released_ns is empty"},
        {HEAD "1,5,,skipped,\n", "history.csv:2: a skipped request has no released_ns"},
    };
    return cr_make_param_array(struct bad, bads, sizeof bads / sizeof *bads);
}

ParameterizedTest(struct bad *bad, foreign, bad_histories_are_told_by_file_and_line)
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

Test(foreign, damaged_files_are_told_by_name)
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

Test(foreign, what_is_no_run_is_an_error)
{
    static struct run run;
    struct scenario *scenario = NULL;
    struct err err = {0};
    cr_expect_eq(archive_load(root, &run, &scenario, &err), -(int)ERR_USAGE);
    cr_expect(strstr(err.message, "neither result.json nor history.csv"), "%s", err.message);
    cr_expect_eq(archive_load("/no/such", &run, &scenario, &err), -(int)ERR_USAGE);
}
