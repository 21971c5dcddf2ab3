/* A private MySQL: made once, copied from then on, emptied, killed and back. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "stack/lookup.h"
#include "store/store.h"

TestSuite(mysql, .timeout = 120);

static struct fixture *start_with(const char *argv_script)
{
    static const char *argv[4];
    struct fixture *fixture = fixture_only(NULL);
    char path[128];
    fixture->scenario.stack.mysql = (char *)"private";
    snprintf(path, sizeof path, "%s/cache", fixture->dir);
    setenv("XDG_CACHE_HOME", path, 1);
    argv[0] = "/bin/sh", argv[1] = "-c", argv[2] = argv_script;
    if (argv_script)
        fixture_process(fixture, "worker", argv, NULL, NULL, "ready");
    return fixture;
}

#define START(fixture) cr_assert_eq(fixture_start(fixture), 0, "%s", (fixture)->err.message)

static void start_anew(struct fixture *fixture)
{
    stack_stop(fixture->stack);
    fixture->stack = NULL;
    START(fixture);
}

static void tell(const struct fixture *fixture, const char *sql)
{
    struct store *store = NULL;
    struct err err = {0};
    cr_assert_eq(store_open(stack_address(fixture->stack, "mysql"), true, &store, &err), 0, "%s",
                 err.message);
    cr_expect_eq(store_execute(store, sql, &err), 0, "%s: %s", sql, err.message);
    store_close(store);
}

/* The first value that a query gives; "-" when its table is not there. */
static const char *ask(const struct fixture *fixture, const char *sql)
{
    static char value[128];
    struct store *store = NULL;
    struct err err = {0};
    struct visit visit;
    visit_init(&visit);
    visit.ask = strdup(sql);
    cr_assert_eq(store_open(stack_address(fixture->stack, "mysql"), false, &store, &err), 0, "%s",
                 err.message);
    store_visit(store, &visit);
    cr_expect(visit.rc == 0 || visit.missing, "%s", visit.error);
    snprintf(value, sizeof value, "%s", visit.rc ? "-" : visit.value ? visit.value : "NULL");
    visit_free(&visit);
    store_close(store);
    return value;
}

static bool was_made(const struct fixture *fixture)
{
    char path[128];
    snprintf(path, sizeof path, "%s/logs/mysql-bootstrap.log", fixture->dir);
    bool there = fixture_exists(path);
    remove(path);
    return there;
}

/* The only file of the cache; "" when there is none. */
static const char *kept(const struct fixture *fixture)
{
    static char path[512];
    char pattern[128];
    glob_t list = {0};
    snprintf(pattern, sizeof pattern, "%s/cache/rushproof/mysql/*", fixture->dir);
    path[0] = '\0';
    if (glob(pattern, 0, NULL, &list) == 0 && list.gl_pathc == 1)
        snprintf(path, sizeof path, "%s", list.gl_pathv[0]);
    globfree(&list);
    return path;
}

Test(mysql, is_made_once_and_says_what_it_is)
{
    struct fixture *fixture = start_with(NULL);
    START(fixture);
    const struct server_info *info = run_server(&fixture->run, "mysql");
    cr_expect_str_eq(info->kind, "private");
    cr_expect(strstr(info->version, "MariaDB"), "%s", info->version);
    cr_expect(strstr(info->note, "in place of MySQL, fsync off"), "%s", info->note);
    cr_expect(strstr(info->address, "mysql://service:****@127.0.0.1:"), "%s", info->address);
    cr_expect(was_made(fixture));
    tell(fixture, "CREATE TABLE coupon (id int)");
    start_anew(fixture);
    cr_expect_not(was_made(fixture), "it is copied");
    cr_expect_str_eq(ask(fixture, "SELECT count(*) FROM coupon"), "-", "nothing of another run's");
    cr_assert_eq(truncate(kept(fixture), 1 << 20), 0);
    start_anew(fixture);
    cr_expect(was_made(fixture), "a damaged one is made anew");
    start_anew(fixture);
    cr_expect_not(was_made(fixture));
    fixture_free(fixture);
}

Test(mysql, the_service_comes_in_by_its_url_alone)
{
    struct fixture *fixture = start_with(
        "mariadb --no-defaults -N -h \"$MYSQL_HOST\" -u \"$MYSQL_USER\" "
        "\"$MYSQL_DATABASE\" -e 'SELECT 42; CREATE TABLE t (a int)';"
        "MYSQL_PWD= mariadb --no-defaults -N -h \"$MYSQL_HOST\" -u service -e 'SELECT 43';"
        "MYSQL_PWD= mariadb --no-defaults -N -h \"$MYSQL_HOST\" -u root -e 'SELECT 44';"
        "[ \"$DATABASE_URL\" = \"$MYSQL_URL\" ] && echo 45; echo ready; exec sleep 1000");
    START(fixture);
    char *log = fixture_read(fixture, "logs/worker.log");
    cr_expect(strstr(log, "42\n"), "%s", log);
    cr_expect_null(strstr(log, "43\n"), "%s", log);
    cr_expect_null(strstr(log, "44\n"), "%s", log);
    cr_expect(strstr(log, "45\n"), "%s", log);
    free(log);
    fixture_free(fixture);
}

Test(mysql, a_reset_empties_it_and_the_scenario_fills_it)
{
    struct fixture *fixture = start_with(NULL);
    struct spec_pair commands[] = {
        {(char *)"mysql", (char *)"TRUNCATE later"},
        {(char *)"mysql", (char *)"CREATE TABLE stock (left_over int)"},
        {(char *)"mysql", (char *)"INSERT INTO stock VALUES (100)"},
    };
    fixture->scenario.stack.reset = commands;
    fixture->scenario.stack.reset_count = 3;
    cr_expect_neq(fixture_start(fixture), 0, "nobody makes the table");
    cr_expect(strstr(fixture->err.message, "stack.reset.mysql, command 1 of 3"), "%s",
              fixture->err.message);
    fixture->scenario.stack.reset = commands + 1;
    fixture->scenario.stack.reset_count = 2;
    START(fixture);
    tell(fixture, "UPDATE stock SET left_over = 7");
    tell(fixture, "CREATE TABLE coupon (id int)");
    cr_assert_eq(stack_reset(fixture->stack, NULL, &fixture->run, &fixture->err), 0, "%s",
                 fixture->err.message);
    cr_expect_str_eq(ask(fixture, "SELECT left_over FROM stock"), "100");
    cr_expect_str_eq(ask(fixture, "SELECT count(*) FROM coupon"), "-");
    fixture->scenario.stack.reset_count = 0;
    fixture_free(fixture);
}

Test(mysql, what_was_committed_survives_a_kill)
{
    struct fixture *fixture = start_with(NULL);
    START(fixture);
    tell(fixture, "CREATE TABLE coupon (id int)");
    tell(fixture, "INSERT INTO coupon VALUES (1), (2)");
    cr_assert_eq(fixture_fault(fixture, "mysql", FAULT_KILL), 0);
    cr_assert_eq(fixture_fault(fixture, "mysql", FAULT_RESTART), 0, "%s", fixture->err.message);
    cr_expect_str_eq(ask(fixture, "SELECT count(*) FROM coupon"), "2");
    fixture_free(fixture);
}
