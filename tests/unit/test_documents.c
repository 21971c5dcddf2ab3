/* links: store */
/* Rows out of texts, and which column holds what. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/documents.h"

/* "7=1 8=2": users and ids; or what is wrong. */
static const char *rows_of(const char *text, const char *user, const char *id)
{
    static char told[512];
    struct store store = {.people = {.roster = roster_numbers(1)}};
    struct visit visit;
    char *copy = strdup(text);
    size_t used = 0;
    store.names[VISIT_COUPONS] = (struct row_names){.user = (char *)user, .id = (char *)id};
    visit_init(&visit);
    visit.read[VISIT_COUPONS] = true;
    documents_read(&visit, VISIT_COUPONS, &store, copy, strlen(copy));
    const struct rows *rows = &visit.rows[VISIT_COUPONS];
    told[0] = '\0';
    cr_expect_eq(rows->known, visit.rc == 0, "%s", text);
    for (size_t i = 0; !visit.rc && i < rows->count; i++)
        used += (size_t)snprintf(told + used, sizeof told - used, "%s%lld=%lld", i ? " " : "",
                                 (long long)rows->v[i].user, (long long)rows->v[i].id);
    if (visit.rc)
        snprintf(told, sizeof told, "%s", visit.error);
    else
        cr_expect_eq(visit.counts[VISIT_COUPONS], (int64_t)rows->count);
    visit_free(&visit);
    roster_free(store.people.roster);
    free(copy);
    return told;
}

struct text {
    const char *text, *user, *id, *rows;
};

static void all_are(const struct text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *told = rows_of(texts[i].text, texts[i].user, texts[i].id);
        cr_expect_str_eq(told, texts[i].rows, "%s\n  gave     %s\n  and not  %s", texts[i].text,
                         told, texts[i].rows);
    }
}
#define ALL_ARE(texts) all_are(texts, sizeof(texts) / sizeof *(texts))

Test(documents, nothing_is_no_rows)
{
    static const struct text texts[] = {
        {"", NULL, NULL, ""},       {" \n\n", NULL, NULL, ""},        {"[]", NULL, NULL, ""},
        {" [ ]\n", NULL, NULL, ""}, {"user_id,id\n", NULL, NULL, ""}, {"user_id", NULL, NULL, ""},
    };
    ALL_ARE(texts);
}

Test(documents, json)
{
    static const struct text texts[] = {
        {"{\"user_id\": 7, \"id\": 5}\n{\"user_id\": \"8\"}\n", NULL, NULL, "7=5 8=2"},
        {"{\"user_id\":7}\r\n\r\n{\"user_id\":8}", NULL, NULL, "7=1 8=2"},
        {"\xef\xbb\xbf{\"user_id\":7}", NULL, NULL, "7=1"},
        {"[{\"user_id\":7},\n {\"user_id\":8}]", NULL, NULL, "7=1 8=2"},
        {"[7, \"8\"]", NULL, NULL, "7=1 8=2"},
        {"[[7, 70], [8, 80]]", NULL, NULL, "7=70 8=80"},
        {"[7, 70]\n[8, 80]\n", NULL, NULL, "7=70 8=80"},
        {"{\"userId\":7,\"_id\":3}", "userId", "_id", "7=3"},
        {"{\"owner\":{\"id\":7},\"id\":4}", "/owner/id", NULL, "7=4"},
        {"{\"user_id\":{\"$numberLong\":\"7\"},\"id\":{\"$oid\":\"65f0\"}}", NULL, NULL, "7=1"},
        {"{\"us\\u0065r_id\":7}", NULL, NULL, "7=1"},
        {"{\n  \"user_id\": 7,\n  \"a\": {\"b\": \"}\\\"\"}\n}\n{\n  \"user_id\": 8\n}\n", NULL,
         NULL, "7=1 8=2"},
        {"{\"user_id\":7}{\"user_id\":8} [9]", NULL, NULL, "7=1 8=2 9=3"},
        {"\x1e{\"user_id\":7}\n\x1e{\"user_id\":8}\n", NULL, NULL, "7=1 8=2"},
        {"{\"user_id\":9007199254740993}", NULL, NULL, "9007199254740993=1"},
    };
    ALL_ARE(texts);
}

Test(documents, csv)
{
    static const struct text texts[] = {
        {"user_id,id\n7,5\n8,6\n", NULL, NULL, "7=5 8=6"},
        {"id,user_id\r\n5,7\r\n6,8", NULL, NULL, "7=5 8=6"},
        {"user_id,created\n7,2024\n", NULL, NULL, "7=1"},
        {"\"user_id\",\"note\"\n\"7\",\"a \"\"b\"\"\nc\"\n8,\n", NULL, NULL, "7=1 8=2"},
        {"userId,n\n7,5\n", "userId", "n", "7=5"},
        {"user_id\n7\n\n8\n", NULL, NULL, "7=1 8=2"},
        {"user_id;id\n7;5\n8;6\n", NULL, NULL, "7=5 8=6"},
        {"id\tuser_id\r\n5\t7\r\n", NULL, NULL, "7=5"},
        {"sep=;\r\nuser_id;id\r\n7;5\r\n", NULL, NULL, "7=5"},
    };
    ALL_ARE(texts);
}

Test(documents, what_is_wrong_is_said_with_its_line)
{
    static const struct text texts[] = {
        {"{\"user_id\":7}\n{\"user\":8}\n", NULL, NULL,
         "row 2 of the coupons query (line 2) has no user: its user_id is NULL"},
        {"{\"user_id\":7}\n\n{\"user_id\":null}", NULL, NULL,
         "row 2 of the coupons query (line 3) has no user: its user_id is NULL"},
        {"{\"user_id\":7.0}", NULL, NULL,
         "row 1 of the coupons query (line 1) has no user: its user_id is '7.0', and not a whole "
         "number"},
        {"{\"user_id\":7}\n{\"user_id\"", NULL, NULL,
         "line 2 of the coupons is no JSON: {\"user_id\""},
        {"[{\"user_id\":7},{\"user_id\":true}]", NULL, NULL,
         "row 2 of the coupons query (element 2) has no user: its user_id is 'true', and not a "
         "whole number"},
        {"{\n\"user_id\":7}\n{\n\"user_id\":null}", NULL, NULL,
         "row 2 of the coupons query (line 3) has no user: its user_id is NULL"},
        {"{\"user_id\":7}\n12 rows", NULL, NULL, "line 2 of the coupons is no JSON: 12 rows"},
        {"user_id,id\n7,1\nx,2\n", NULL, NULL,
         "row 2 of the coupons query (line 3) has no user: its user_id is 'x', and not a whole "
         "number"},
        {"user_id,id\n7,1\n,2\n", NULL, NULL,
         "row 2 of the coupons query (line 3) has no user: its user_id is NULL"},
        {"user_id,id\n7,1\n8\n", NULL, NULL,
         "line 3 of the coupons has 1 cells, and the first line 2"},
        {"user_id\n\"7\n", NULL, NULL, "line 2 of the coupons: a quote is opened and never closed"},
        {"7\n8\n", NULL, NULL,
         "the first line of the coupons names no column user_id: it begins with '7'; "
         "evidence.coupons.user says which one it is"},
        {"a,b\n7,1\n", "userId", NULL, "the coupons query has no column userId; it has: a, b"},
    };
    ALL_ARE(texts);
}

/* ---- columns ---- */

Test(columns, go_by_their_names)
{
    static const struct {
        const char *columns[3];
        const char *user, *id;
        int user_at, id_at;
    } rows[] = {
        {{"user_id"}, NULL, NULL, 0, -1},
        {{"user_id", "id"}, NULL, NULL, 0, 1},
        {{"id", "user_id"}, NULL, NULL, 1, 0},
        {{"uid", "number"}, NULL, NULL, 0, 1},
        {{"id"}, NULL, NULL, 0, -1},
        {{"user_id", "created", "id"}, NULL, NULL, 0, 2},
        {{"created", "user_id"}, NULL, NULL, 1, -1},
        {{"a", "b", "c"}, "c", "b", 2, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct visit visit;
        struct visit_columns at = {.user = -7};
        const struct row_names names = {.user = (char *)rows[i].user, .id = (char *)rows[i].id};
        int count = 0;
        while (count < 3 && rows[i].columns[count])
            count++;
        visit_init(&visit);
        cr_assert_eq(visit_columns(&visit, VISIT_COUPONS, &names, rows[i].columns, count, &at), 0);
        cr_expect_eq(at.user, rows[i].user_at, "row %zu: user at %d", i, at.user);
        cr_expect_eq(at.id, rows[i].id_at, "row %zu: id at %d", i, at.id);
        visit_free(&visit);
    }
}
