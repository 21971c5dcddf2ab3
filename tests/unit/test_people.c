/* links: load scenario */
/* Who the users are when a file says so: row n is user n, each once, as a service spells them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/load.h"
#include "scenario/scenario.h"

static char path[] = "/tmp/people-XXXXXX";

static void write_file(const char *text)
{
    int fd = mkstemp(strcpy(path, "/tmp/people-XXXXXX"));
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static int load(const char *ids, const char *more, struct scenario **ret_scenario, struct err *err)
{
    char text[1024];
    snprintf(text, sizeof text,
             "name: people\nlimit: 2\nusers: {ids: %s}\nresponses: {accepted: {status: 200}}\n"
             "request: {url: \"http://h/{{user}}\"%s}\nload: [burst: 3]\n",
             ids, more);
    return scenario_load_text("people.yaml", text, NULL, 0, ret_scenario, err);
}

static int read_people(const char *ids, const char *more, struct roster **ret_roster,
                       struct err *err)
{
    struct scenario *scenario = NULL;
    int rc = load(ids, more, &scenario, err);
    if (rc)
        return rc;
    rc = load_check(scenario, NULL, err);
    if (!rc)
        rc = load_people(scenario, NULL, ret_roster, err);
    scenario_free(scenario);
    return rc;
}

Test(people, a_file_says_who_comes)
{
    static const struct {
        const char *csv, *ids, *more;
        const char *second; /* how the second user is called */
        const char *says;   /* or what is wrong */
    } rows[] = {
        {"id,token\na,1\nb,2\nc,3\n", "{feeder: %s, column: id}", "", "b", NULL},
        {"user\na\nb\nc\n", "{feeder: %s}", "", "b", NULL},
        {"\xef\xbb\xbfname;id\r\nx;\"b;\"\"1\"\"\"\r\ny;'2'\r\nz;3\r\n\r\n;\r\n",
         "{feeder: %s, column: id}", "", "'2'", NULL},
        {"id,user,token\na,x,1\nb,y,2\nc,z,3\n", "{feeder: %s, column: id}",
         ", headers: {T: \"{{token}}\"}", "b", NULL},
        {"id\n1001\n007\n-5\n", "{feeder: %s, column: id}", "", "007", NULL},
        {"id\n6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B\n6ec0bd7f-11c0-43da-975e-2a8ad9ebae0c\n"
         "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0d\n",
         "{feeder: %s, column: id, form: uuid}", "", "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0c", NULL},
        {"id\na\nb\nc\nd\n", "{feeder: %s, column: id}", "", "b", NULL},
        {"id\na\nb\n", "{feeder: %s, column: id}", "", NULL, "has 2 rows for 3 users"},
        {"id\na\nb\na\n", "{feeder: %s, column: id}", "", NULL,
         "rows 1 and 3 are of the same user, 'a'"},
        {"id\na\n6ec0bd7f-11c0-43da-975e-2a8ad9ebae0c\nc\n", "{feeder: %s, column: id, form: uuid}",
         "", NULL, "row 1 calls its user 'a'"},
        {"id,x\na,1\n,2\nc,3\n", "{feeder: %s, column: id}", "", NULL, "row 2 calls its user ''"},
        {"name\na\nb\nc\n", "{feeder: %s, column: id}", "", NULL, "no column id; it has: name"},
        {"name\na\nb\nc\n", "{feeder: %s}", "", NULL, "no column user"},
        {"id\na\nb\nc\n", "{feeder: %s, column: id, form: none}", "", NULL, "users.ids.form"},
        {"id\na\nb\nc\n", "{feeder: /nowhere.csv, column: id}", "", NULL, "/nowhere.csv"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char ids[256], text[ROSTER_TEXT];
        struct roster *roster = NULL;
        struct err err = {0};
        write_file(rows[i].csv);
        const char *at = strstr(rows[i].ids, "%s");
        snprintf(ids, sizeof ids, "%.*s%s%s", at ? (int)(at - rows[i].ids) : 0, rows[i].ids,
                 at ? path : rows[i].ids, at ? at + 2 : "");
        int rc = read_people(ids, rows[i].more, &roster, &err);
        cr_expect_eq(rc, rows[i].says ? -ERR_USAGE : 0, "row %zu: %s", i, err.message);
        if (rows[i].says)
            cr_expect(strstr(err.message, rows[i].says), "row %zu: %s", i, err.message);
        if (!rc) {
            roster_text(roster, roster_user(roster, 1), text);
            cr_expect_str_eq(text, rows[i].second, "row %zu", i);
            cr_expect_eq(roster_members(roster), 3, "row %zu: only those who come", i);
        }
        roster_free(roster);
        unlink(path);
    }
}

Test(people, what_users_are_called_is_refused_before_anything_starts)
{
    static const struct {
        const char *ids, *says; /* NULL: it is fine */
    } rows[] = {
        {"uuid", NULL},
        {"none", NULL},
        {"\"user-{{n}}@shop.example\"", NULL},
        {"\"{{ n }}\"", NULL},
        {"email", "allowed: number, uuid, none, or a text with {{n}} in it"},
        {"\"user-{{user}}\"", "{{n}}"},
        {"\"{{n}}-{{n}}\"", "{{n}}"},
        {"\"a\\tb{{n}}\"", "control character"},
        {"{column: id}", "allowed: with feeder"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scenario *scenario = NULL;
        struct err err = {0};
        int rc = load(rows[i].ids, "", &scenario, &err);
        cr_expect_eq(rc, rows[i].says ? -ERR_USAGE : 0, "row %zu: %s", i, err.message);
        if (rows[i].says)
            cr_expect(strstr(err.message, rows[i].says), "row %zu: %s", i, err.message);
        scenario_free(scenario);
    }
}

/* Rows are used again only when the scenario says so. */
Test(people, fewer_rows_than_users)
{
    struct roster *roster = NULL;
    struct err err = {0};
    char more[128];
    write_file("token\nT1\nT2\n");
    snprintf(more, sizeof more, ", headers: {T: \"{{token}}\"}, feeder: %s", path);
    cr_expect_eq(read_people("uuid", more, &roster, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, "reuse: true"), "%s", err.message);
    snprintf(more, sizeof more, ", headers: {T: \"{{token}}\"}, feeder: {file: %s, reuse: true}",
             path);
    cr_expect_eq(read_people("uuid", more, &roster, &err), 0, "%s", err.message);
    roster_free(roster);
    unlink(path);
}
