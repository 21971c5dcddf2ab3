/* links: load */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/http/escape.h"
#include "load/http/feeder.h"
#include "load/http/template.h"

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static struct feeder read_feeder(const char *text)
{
    char path[] = "/tmp/feeder-XXXXXX";
    write_file(path, text);
    struct feeder feeder;
    struct err err;
    cr_assert_eq(feeder_read(path, &feeder, &err), 0, "%s", err.message);
    unlink(path);
    return feeder;
}

Test(load_template, a_captured_path_leads_where_it_says)
{
    static const struct {
        const char *text, *ticket, *rendered;
    } rows[] = {
        {"http://h:1/{{t}}", "/tickets/t%2F1?a=b&c", "http://h:1/tickets/t%2F1?a=b&c"},
        {"http://h:1/{{t}}", "http://h:1/tickets/1#x", "http://h:1/tickets/1"},
        {"http://h:1/{{t}}", "https://evil.example/tickets/1", "http://h:1/tickets/1"},
        {"http://h:1/{{t}}", "//evil.example/x", "http://h:1//evil.example/x"},
        {"http://h:1/{{t}}", "/a b\r\nHost: x", "http://h:1/a%20b%0D%0AHost:%20x"},
        {"http://h:1/{{t}}", "a/b", "http://h:1/a%2Fb"}, /* an id, no path */
        {"http://h:1/{{t}}", "a?u=http://x/y", "http://h:1/a%3Fu%3Dhttp%3A%2F%2Fx%2Fy"},
        {"http://h:1/tickets/{{t}}", "/a/b", "http://h:1/tickets/%2Fa%2Fb"},
        {"http://h:1/x?t={{t}}", "/a/b", "http://h:1/x?t=%2Fa%2Fb"},
        {"/{{t}}", "/tickets/1", "/tickets/1"},
    };
    const struct spec_pair captured = {(char *)"t", (char *)"header:Location"};
    const struct feeder feeder = {.captured = &captured, .captured_count = 1};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template *template;
        char text[4096], *ticket = (char *)(uintptr_t)rows[i].ticket;
        const struct template_values values = {.captured = &ticket};
        cr_assert_eq(template_compile(rows[i].text, ESCAPE_URL, &feeder, &template, NULL), 0);
        cr_assert_leq(template_room(template), sizeof text);
        template_render(template, &values, text);
        cr_expect_str_eq(text, rows[i].rendered, "%s", text);
        template_free(template);
    }
}

Test(load_template, renders)
{
    static const struct {
        const char *text;
        enum escape escape;
        const char *rendered;
    } rows[] = {
        {"", ESCAPE_NONE, ""},
        {"plain", ESCAPE_NONE, "plain"},
        {"{{user}}", ESCAPE_URL, "-9223372036854775808"},
        {"/a?u={{user}}&s={{seq}}!", ESCAPE_URL, "/a?u=-9223372036854775808&s=4294967295!"},
        {"{{ seq }}{{seq}}", ESCAPE_NONE, "42949672954294967295"},
        {"{{uuid}}", ESCAPE_NONE, "00000000-0000-4000-8000-000000000000"},
        {"{single} }} {", ESCAPE_NONE, "{single} }} {"},
        {"{{name}}", ESCAPE_NONE, "J\"o & Ann/\xc3\xbc"},
        {"{{name}}", ESCAPE_URL, "J%22o%20%26%20Ann%2F%C3%BC"},
        {"{\"n\": \"{{name}}\"}", ESCAPE_JSON, "{\"n\": \"J\\\"o & Ann/\xc3\xbc\"}"},
        {"{{token}}-{{name}}", ESCAPE_HEADER, "t2-J\"o & Ann/\xc3\xbc"},
    };
    struct feeder feeder = read_feeder("name,token\nfirst,t1\n\"J\"\"o & Ann/\xc3\xbc\",t2\n");
    struct template_values values = {.user = INT64_MIN, .seq = UINT32_MAX, .row = 1};
    strcpy(values.uuid, "00000000-0000-4000-8000-000000000000");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template *template;
        struct err err;
        int rc = template_compile(rows[i].text, rows[i].escape, &feeder, &template, &err);
        cr_assert_eq(rc, 0, "row %zu: %s", i, err.message);
        char text[256];
        size_t length = template_render(template, &values, text);
        cr_assert_str_eq(text, rows[i].rendered, "row %zu", i);
        cr_assert_eq(length, strlen(text));
        cr_assert_lt(length, template_room(template), "row %zu: room %zu", i,
                     template_room(template));
        cr_assert_eq(template_is_constant(template), !strstr(rows[i].text, "{{"));
        cr_assert_eq(template_uses_uuid(template), strstr(rows[i].text, "uuid") != NULL);
        template_free(template);
    }
    feeder_free(&feeder);
}

Test(load_template, refuses)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"{{nobody}}", "{{nobody}} is not known here: user, seq, uuid, name"},
        {"{{user", "{{ without }}"},
        {"{{}}", "is not known"},
        {"{{User}}", "{{User}} is not known"},
    };
    struct feeder feeder = read_feeder("name\nx\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template *template;
        struct err err = {0};
        cr_assert_eq(template_compile(rows[i].text, ESCAPE_URL, &feeder, &template, &err),
                     -ERR_USAGE);
        cr_assert(strstr(err.message, rows[i].message), "row %zu: %s", i, err.message);
    }
    struct template *template;
    struct err err;
    cr_assert_eq(template_compile("{{name}}", ESCAPE_URL, NULL, &template, &err), -ERR_USAGE);
    cr_assert(strstr(err.message, "need a feeder"), "%s", err.message);
    feeder_free(&feeder);
}

Test(load_template, header_values_hold_no_line_breaks)
{
    struct feeder feeder = read_feeder("v\n\"two\nlines\"\n");
    struct template *template;
    struct err err;
    cr_assert_eq(template_compile("{{v}}", ESCAPE_HEADER, &feeder, &template, &err), -ERR_USAGE);
    cr_assert_eq(template_compile("{{v}}", ESCAPE_URL, &feeder, &template, &err), 0);
    template_free(template);
    feeder_free(&feeder);
}

Test(load_template, uuids_are_version_4)
{
    struct rng rng;
    rng_seed(&rng, 1);
    char last[TEMPLATE_UUID_SIZE] = "";
    for (int i = 0; i < 1000; i++) {
        char uuid[TEMPLATE_UUID_SIZE];
        template_make_uuid(&rng, uuid);
        cr_assert_eq(strlen(uuid), 36);
        cr_assert_eq(strspn(uuid, "0123456789abcdef-"), 36);
        for (int at = 0; at < 36; at++)
            cr_assert_eq(uuid[at] == '-', at == 8 || at == 13 || at == 18 || at == 23);
        cr_assert_eq(uuid[14], '4');
        cr_assert(strchr("89ab", uuid[19]));
        cr_assert_str_neq(uuid, last);
        strcpy(last, uuid);
    }
}

Test(load_template, feeder_reads_csv)
{
    struct feeder feeder = read_feeder("a,b,c\r\n1,,\"x,y\"\r\n\"\",\"q\"\"q\",\"l\nl\"");
    cr_assert_eq(feeder.columns, 3);
    cr_assert_eq(feeder.rows, 2);
    static const char *const cells[2][3] = {{"1", "", "x,y"}, {"", "q\"q", "l\nl"}};
    for (size_t row = 0; row < 2; row++)
        for (size_t column = 0; column < 3; column++)
            cr_assert_str_eq(feeder_cell(&feeder, row, column), cells[row][column],
                             "row %zu column %zu", row, column);
    cr_assert_eq(feeder_column(&feeder, "b", 1), 1);
    cr_assert_eq(feeder_column(&feeder, "d", 1), -1);
    feeder_free(&feeder);
}

Test(load_template, feeder_reads_what_spreadsheets_write)
{
    static const char *const texts[] = {
        "\xef\xbb\xbfname;token\r\nann;t1\r\n\"b;o\";t2\r\n",
        "sep=;\r\nname;token\r\nann;t1\r\n\"b;o\";\"t2\"\r\n;\r\n;\r\n",
        "name\ttoken\nann\tt1\nb;o\tt2\n\n\n",
        " name , token\nann,t1\nb;o,t2",
        "name,token\r\nann,t1\r\nb;o,t2\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct feeder feeder = read_feeder(texts[i]);
        cr_assert_eq(feeder.columns, 2, "text %zu", i);
        cr_assert_eq(feeder.rows, 2, "text %zu: %zu rows", i, feeder.rows);
        cr_expect_eq(feeder_column(&feeder, "token", 5), 1, "text %zu", i);
        cr_expect_str_eq(feeder_cell(&feeder, 0, 0), "ann");
        cr_expect_str_eq(feeder_cell(&feeder, 1, 0), "b;o", "text %zu", i);
        cr_expect_str_eq(feeder_cell(&feeder, 1, 1), "t2");
        feeder_free(&feeder);
    }
}

/* The id of a user in each place where it may stand, and the longest of them in the room. */
Test(load_template, a_user_is_written_as_the_roster_calls_it)
{
    static const char *const ids[] = {"7", "J\"o & Ann/\xc3\xbc", "b\\c", "a+b%20"};
    static const struct {
        enum escape escape;
        const char *rendered[4];
    } rows[] = {
        {ESCAPE_NONE, {"7", "J\"o & Ann/\xc3\xbc", "b\\c", "a+b%20"}},
        {ESCAPE_HEADER, {"7", "J\"o & Ann/\xc3\xbc", "b\\c", "a+b%20"}},
        {ESCAPE_URL, {"7", "J%22o%20%26%20Ann%2F%C3%BC", "b%5Cc", "a%2Bb%2520"}},
        {ESCAPE_JSON, {"7", "J\\\"o & Ann/\xc3\xbc", "b\\\\c", "a+b%20"}},
    };
    struct roster *roster = roster_texts(false);
    int64_t users[4];
    for (size_t k = 0; k < 4; k++)
        cr_assert(roster_read(roster, ids[k], strlen(ids[k]), &users[k]));
    roster_seal(roster);
    const struct feeder feeder = {.roster = roster};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template *template;
        struct err err;
        cr_assert_eq(
            template_compile("<{{user}}|{{user}}>", rows[i].escape, &feeder, &template, &err), 0,
            "%s", err.message);
        char text[512], wanted[512];
        cr_assert_leq(template_room(template), sizeof text);
        for (size_t k = 0; k < 4; k++) {
            const struct template_values values = {.user = users[k]};
            snprintf(wanted, sizeof wanted, "<%s|%s>", rows[i].rendered[k], rows[i].rendered[k]);
            cr_expect_lt(template_render(template, &values, text), template_room(template));
            cr_expect_str_eq(text, wanted);
        }
        template_free(template);
    }
    roster_free(roster);
}

Test(load_template, a_column_of_users_agrees_with_the_users)
{
    struct err err = {0};
    struct feeder feeder = read_feeder("user,token\n7,a\n8,b\n");
    struct roster *roster = roster_numbers(7);
    feeder.roster = roster;
    cr_expect_eq(feeder_check_users(&feeder, &err), 0);
    feeder.roster = NULL;
    cr_expect_eq(feeder_check_users(&feeder, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, "row 1 is that of user 1, and its column user says '7'"), "%s",
              err.message);
    roster_free(roster);
    feeder_free(&feeder);
}

Test(load_template, feeder_refuses)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "at least one row"},
        {"a,b\n", "at least one row"},
        {"a,b\n1,2\n3\n", ":3: 1 cells where the header has 2"},
        {"a,b\n1,2\n\n3,4\n", ":4: empty lines stand before this row"},
        {"a\n1\n\n2\n", ":4: empty lines stand before this row"},
        {"a;b\n1;2\n;\n3;4\n", ":4: empty lines"},
        {"a,b\n1,\"2\n3,4\n", ":2: a quote is opened and never closed"},
        {"a,b\n1,\"2\"x\n", ":2: something follows a closing quote"},
        {"a,b\r1,2\r", ":1: a line ends with CR alone"},
        {"a,a\n1,2\n", "two columns are called a"},
        {"a,uuid\n1,2\n", "which {{uuid}} means already"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[] = "/tmp/feeder-XXXXXX";
        write_file(path, rows[i].text);
        struct feeder feeder;
        struct err err = {0};
        cr_assert_eq(feeder_read(path, &feeder, &err), -ERR_USAGE, "row %zu", i);
        cr_assert(strstr(err.message, rows[i].message), "row %zu: %s", i, err.message);
        unlink(path);
    }
    struct feeder feeder;
    struct err err;
    cr_assert_eq(feeder_read("/nowhere/at/all.csv", &feeder, &err), -ERR_USAGE);
}
