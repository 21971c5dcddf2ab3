/* links: probe store */
/* The pure parts of the probes: addresses, records' values, sets of users, queries. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/decode.h"
#include "probe/userset.h"
#include "store/visit.h"

/* ---- statements ---- */

static bool reads(enum dialect dialect, const char *text)
{
    char why[256] = "";
    bool allowed = statement_reads(dialect, text, why, sizeof why);
    cr_expect(allowed || *why, "%s: it is not said why", text);
    return allowed;
}

Test(statement, only_those_that_read)
{
    static const char *const both[] = {"SELECT 1",
                                       " select 1;",
                                       "(SELECT 1)",
                                       "/* a */ -- b\n ((select 1))",
                                       "WITH a AS (SELECT 1) TABLE a",
                                       "VALUES (1)",
                                       "TABLE coupon",
                                       "SHOW x",
                                       "SELECT 'into; for update'"};
    static const char *const neither[] = {"",
                                          "  ",
                                          "-- SELECT 1",
                                          "/* SELECT",
                                          "DELETE FROM a",
                                          "COMMIT",
                                          "BEGIN",
                                          "SET a = 1",
                                          "COPY a TO 'x'",
                                          "SELECTED 1",
                                          "PREPARE TRANSACTION 'x'",
                                          "EXPLAIN ANALYZE SELECT 1",
                                          "CALL a()",
                                          "; SELECT 1",
                                          "LOCK TABLE a"};
    static const char *const postgres_alone[] = {"SELECT 1 INTO a",
                                                 "SELECT 1 FOR UPDATE",
                                                 "select 1 for\tshare",
                                                 "SELECT 1 LOCK IN SHARE MODE",
                                                 "SELECT 1 /*! INTO @a */",
                                                 "SELECT 1 /*M! INTO @a */",
                                                 "SELECT 1--1 INTO @a",
                                                 "SELECT '\\'' INTO @a -- '",
                                                 "SELECT 1 # '\n INTO @a -- '",
                                                 "SELECT NEXT VALUE FOR a",
                                                 "SELECT get_lock('a', 1)"};
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        for (enum dialect dialect = DIALECT_POSTGRES; dialect <= DIALECT_MYSQL; dialect++)
            cr_expect(reads(dialect, both[i]), "%s", both[i]);
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        for (enum dialect dialect = DIALECT_POSTGRES; dialect <= DIALECT_MYSQL; dialect++)
            cr_expect_not(reads(dialect, neither[i]), "%s", neither[i]);
    for (size_t i = 0; i < sizeof postgres_alone / sizeof *postgres_alone; i++) {
        cr_expect(reads(DIALECT_POSTGRES, postgres_alone[i]), "%s", postgres_alone[i]);
        cr_expect_not(reads(DIALECT_MYSQL, postgres_alone[i]), "%s", postgres_alone[i]);
    }
    static const char *const several[] = {"SELECT 1; SELECT 2", "SELECT ';'; COMMIT",
                                          "SELECT 1; /* a */ DELETE FROM b; -- c"};
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        for (enum dialect dialect = DIALECT_POSTGRES; dialect <= DIALECT_MYSQL; dialect++)
            cr_expect_not(reads(dialect, several[i]), "%s", several[i]);
    static const char *const one[] = {"SELECT 1;;  -- ; end\n;", "SELECT ';', \"a;b\" FROM c",
                                      "SELECT 1 /* ; SELECT 2 */", "SELECT 'it''s; me'"};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        for (enum dialect dialect = DIALECT_POSTGRES; dialect <= DIALECT_MYSQL; dialect++)
            cr_expect(reads(dialect, one[i]), "%s", one[i]);
    cr_expect(reads(DIALECT_POSTGRES, "SELECT $$a; b$$, $q$ ; $$ ; $q$, a$1 FROM b"));
    cr_expect(reads(DIALECT_POSTGRES, "SELECT E'\\'; SELECT ', '\\' FROM b"));
    cr_expect(reads(DIALECT_POSTGRES, "SELECT 1 /* a /* b */ ; SELECT 2 */"));
    cr_expect_not(reads(DIALECT_POSTGRES, "SELECT '\\'; SELECT 2"));
    cr_expect(reads(DIALECT_MYSQL, "SELECT '\\'; SELECT '"));
    cr_expect(reads(DIALECT_MYSQL, "SELECT a FROM b WHERE c = 'x' -- INTO y"));
    cr_expect(reads(DIALECT_MYSQL, "SELECT `into` FROM b # FOR UPDATE"));
}

Test(statement, redis_commands_that_read)
{
    static const char *const fine[] = {"coupon_count",       " set ",       "GET a",
                                       "SCARD applied_user", "GET \"a b\"", "EVAL_RO 'return 1' 0",
                                       "set:of:users"};
    static const char *const wrong[] = {"",       " ",       "SET a 1", "incr a",
                                        "EVAL x", "DEL a b", "GET \"a", "CONFIG GET save"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        cr_expect(reads(DIALECT_REDIS, fine[i]), "%s", fine[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(reads(DIALECT_REDIS, wrong[i]), "%s", wrong[i]);
}

/* ---- values ---- */

static bool decode(enum value_format format, const char *pointer, const void *bytes, size_t size,
                   int64_t expected)
{
    int64_t user = 424242;
    if (!decode_user(NULL, format, pointer, bytes, size, &user)) {
        cr_assert_eq(user, 424242, "outputs stay untouched");
        return false;
    }
    cr_assert_eq(user, expected, "%lld", (long long)user);
    return true;
}

Test(decode, eight_bytes_big_endian_as_java_writes_them)
{
    static const unsigned char one[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    static const unsigned char minus_two[8] = {255, 255, 255, 255, 255, 255, 255, 254};
    static const unsigned char high[8] = {127, 255, 255, 255, 255, 255, 255, 255};
    static const unsigned char mixed[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    cr_assert(decode(VALUE_INT64, NULL, one, 8, 1));
    cr_assert(decode(VALUE_INT64, NULL, minus_two, 8, -2));
    cr_assert(decode(VALUE_INT64, NULL, high, 8, INT64_MAX));
    cr_assert(decode(VALUE_INT64, NULL, mixed, 8, INT64_C(0x0102030405060708)));
    cr_assert(!decode(VALUE_INT64, NULL, one, 7, 0));
    cr_assert(!decode(VALUE_INT64, NULL, one, 9, 0));
    cr_assert(!decode(VALUE_INT64, NULL, NULL, 0, 0));
}

Test(decode, text)
{
    cr_assert(decode(VALUE_TEXT, NULL, "123", 3, 123));
    cr_assert(decode(VALUE_TEXT, NULL, "-9223372036854775808", 20, INT64_MIN));
    static const char *const bad[] = {"",
                                      "12 ",
                                      " 12",
                                      "007",
                                      "+1",
                                      "1.0",
                                      "0x1",
                                      "9223372036854775808",
                                      "11111111111111111111111111111111111111"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!decode(VALUE_TEXT, NULL, bad[i], strlen(bad[i]), 0), "%s", bad[i]);
    cr_assert(!decode(VALUE_TEXT, NULL, "1\0", 2, 0));
}

static bool decode_json(const char *text, const char *pointer, int64_t expected)
{
    return decode(VALUE_JSON, pointer, text, strlen(text), expected);
}

Test(decode, json_by_pointer)
{
    cr_assert(decode_json("{\"userId\": 7}", "/userId", 7));
    cr_assert(decode_json("{\"a\": [{\"b\": \"8\"}]}", "/a/0/b", 8));
    cr_assert(decode_json("{\"a/b\": {\"~\": -9}}", "/a~1b/~0", -9));
    cr_assert(decode_json("10", NULL, 10));
    cr_assert(decode_json("\"11\"", "", 11));
    cr_assert(decode_json("{\"\": 12}", "/", 12));
    cr_assert(!decode_json("{\"userId\": 7}", "/user", 0));
    cr_assert(decode_json("{\"userId\": 7}", "userId", 7), "as in the rules of responses");
    cr_assert(decode_json("{\"us\\u0065rId\": 7}", "/userId", 7));
    cr_assert(!decode_json("{\"userId\": 7.0}", "/userId", 0));
    cr_assert(!decode_json("{\"userId\": \"007\"}", "/userId", 0));
    cr_assert(!decode_json("{\"userId\": 7.5}", "/userId", 0));
    cr_assert(!decode_json("{\"userId\": null}", "/userId", 0));
    cr_assert(!decode_json("{\"userId\": 7", "/userId", 0));
    cr_assert(!decode_json("[1]", "/1", 0));
    cr_assert(!decode_json("[1]", "/x", 0));
}

/* ---- sets ---- */

static struct rows rows_of(struct row *v, size_t count)
{
    return (struct rows){.known = true, .v = v, .count = count};
}

Test(userset, each_once_and_who_is_missing)
{
    struct row some[] = {{5, 1}, {-3, 2}, {5, 3}, {9, 4}};
    struct rows rows = rows_of(some, 4);
    struct produced_record records[] = {{.user = 5, .decoded = true},
                                        {.user = 0, .decoded = false},
                                        {.user = 10, .decoded = true},
                                        {.user = 9, .decoded = true}};
    struct produced produced = {.known = true, .v = records, .count = 4};
    struct userset saved = {0}, wanted = {0};
    cr_assert(userset_add_rows(&saved, &rows));
    userset_settle(&saved);
    cr_assert_eq(saved.count, 3);
    cr_assert(userset_add_records(&wanted, &produced, 0));
    userset_settle(&wanted);
    cr_assert_eq(wanted.count, 3, "a record that is no user counts for nobody");
    cr_assert_eq(userset_missing(&wanted, &saved), 1);
    cr_assert_eq(userset_missing(&saved, &wanted), 1);
    userset_clear(&wanted);
    cr_assert_eq(userset_missing(&wanted, &saved), 0);
    cr_assert_eq(userset_missing(&saved, &wanted), 3);
    userset_free(&saved);
    userset_free(&wanted);
}

Test(userset, subtract_by_user_and_id)
{
    struct row now[] = {{1, 10}, {1, 11}, {2, 12}, {1, 13}};
    struct row then[] = {{1, 11}, {2, 99}};
    struct rows rows = rows_of(now, 4), before = rows_of(then, 2);
    cr_assert_eq(userset_subtract(&rows, &before, true, NULL), 0);
    cr_assert_eq(rows.count, 3);
    cr_assert_eq(now[0].id, 10);
    cr_assert_eq(now[1].id, 12, "another id is another row");
    cr_assert_eq(now[2].id, 13);
}

Test(userset, subtract_by_user_alone_takes_as_many_as_there_were)
{
    struct row now[] = {{1, 1}, {1, 2}, {2, 3}, {1, 4}, {3, 5}};
    struct row then[] = {{1, 1}, {1, 2}, {4, 3}};
    struct rows rows = rows_of(now, 5), before = rows_of(then, 3);
    cr_assert_eq(userset_subtract(&rows, &before, false, NULL), 0);
    cr_assert_eq(rows.count, 3);
    cr_assert_eq(now[0].user, 2);
    cr_assert_eq(now[1].user, 1);
    cr_assert_eq(now[2].user, 3);
    cr_assert_eq(now[2].id, 3, "places are counted anew");
}

/* ---- queries ---- */

static void counts_as(const char *query, const char *inside)
{
    struct buf text;
    char expected[256];
    buf_init(&text, 4096);
    visit_count_query(&text, DIALECT_POSTGRES, query);
    snprintf(expected, sizeof expected, "SELECT count(*) FROM (%s\n) AS q", inside);
    cr_assert_str_eq(buf_text(&text), expected);
    buf_free(&text);
}

Test(db, a_query_is_counted_without_what_hangs_on_its_end)
{
    counts_as("SELECT 1", "SELECT 1");
    counts_as("SELECT 1 ; \n;", "SELECT 1");
    counts_as("SELECT 1; -- all", "SELECT 1");
    counts_as("SELECT 1 /* a; b */ FROM x -- y\n WHERE z; /* end",
              "SELECT 1 /* a; b */ FROM x -- y\n WHERE z");
    counts_as("SELECT ';--' FROM \"a;\"", "SELECT ';--' FROM \"a;\"");
    counts_as("SELECT 'it''s;'; ", "SELECT 'it''s;'");
}

/* The row that comes of the values; false: they are none. */
static bool put_row(struct roster *roster, const struct cell *user, const char *id, size_t place,
                    struct row *ret_row)
{
    const struct row_people people = {.roster = roster};
    const struct row_cells cells = {.user = *user, .id = id};
    struct visit visit;
    visit_init(&visit);
    bool known = !visit_expect(&visit, VISIT_COUPONS, &people, place) &&
                 !visit_put(&visit, VISIT_COUPONS, &people, &cells, place - 1);
    if (known)
        *ret_row = visit.rows[VISIT_COUPONS].v[place - 1];
    visit_free(&visit);
    return known;
}

static bool read_row(const char *user, const char *id, size_t place, struct row *ret_row)
{
    const struct cell value = {CELL_TEXT, user, user ? strlen(user) : 0};
    return put_row(NULL, &value, id, place, ret_row);
}

Test(db, rows)
{
    struct row row = {0};
    cr_assert(read_row("-7", "12", 3, &row));
    cr_assert_eq(row.user, -7);
    cr_assert_eq(row.id, 12);
    cr_assert(read_row("7", NULL, 3, &row));
    cr_assert_eq(row.id, 3);
    cr_assert(read_row("7", "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", 4, &row));
    cr_assert_eq(row.id, 4, "an id that is no number: the place");
    cr_assert(!read_row("bob", "1", 1, &row));
    cr_assert(!read_row(NULL, "1", 1, &row));
    cr_assert(!read_row("007", "1", 1, &row), "a text that only looks like 7");
    cr_assert_eq(row.id, 4, "outputs stay untouched");
}

/* The same id as columns of several types hand it over. */
Test(db, an_id_is_read_by_the_type_of_its_column)
{
    static const char raw[] = "\x6e\xc0\xbd\x7f\x11\xc0\x43\xda\x97\x5e\x2a\x8a\xd9\xeb\xae\x0b";
    static const struct cell uuids[] = {
        {CELL_TEXT, "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", 36},
        {CELL_TEXT, "6EC0BD7F11C043DA975E2A8AD9EBAE0B", 32},
        {CELL_PADDED, "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b    ", 40},
        {CELL_HEX, "\\x6ec0bd7f11c043da975e2a8ad9ebae0b", 34},
        {CELL_BYTES, raw, 16},
        {CELL_BYTES, "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", 36},
    };
    static const struct {
        struct cell value;
        const char *text; /* NULL: no user */
    } texts[] = {
        {{CELL_TEXT, "bob ", 4}, "bob "},    {{CELL_PADDED, "bob ", 4}, "bob"},
        {{CELL_HEX, "\\x626f62", 8}, "bob"}, {{CELL_BYTES, "bob", 3}, "bob"},
        {{CELL_TEXT, "7.0", 3}, "7.0"},      {{CELL_PADDED, "   ", 3}, NULL},
        {{CELL_HEX, "\\x", 2}, NULL},        {{CELL_HEX, "\\x00", 4}, NULL},
    };
    struct roster *seeded = roster_uuids(1, 1), *listed = roster_texts(false);
    struct row first = {0}, row = {0};
    for (size_t i = 0; i < sizeof uuids / sizeof *uuids; i++) {
        cr_assert(put_row(seeded, &uuids[i], NULL, 1, i ? &row : &first), "row %zu", i);
        cr_expect(!i || row.user == first.user, "row %zu", i);
        cr_expect(!put_row(NULL, &uuids[i], NULL, 1, &row), "no number");
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[ROSTER_TEXT] = "";
        bool known = put_row(listed, &texts[i].value, NULL, 1, &row);
        cr_assert_eq(known, texts[i].text != NULL, "text %zu", i);
        if (known)
            roster_text(listed, row.user, text);
        cr_expect_str_eq(text, texts[i].text ? texts[i].text : "");
    }
    roster_free(seeded);
    roster_free(listed);
}

Test(decode, an_id_is_a_number_a_text_or_a_uuid)
{
    static const char raw[] = "\x6e\xc0\xbd\x7f\x11\xc0\x43\xda\x97\x5e\x2a\x8a\xd9\xeb\xae\x0b";
    static const char eight[8] = {0, 0, 0, 0, 0, 0, 0, 7};
    static const struct {
        enum value_format format;
        const char *bytes;
        size_t size;             /* 0: to its NUL */
        const char *text, *uuid; /* what it is there; NULL: no user */
    } rows[] = {
        {VALUE_INT64, eight, 8, "7", NULL},
        {VALUE_TEXT, "ann", 0, "ann", NULL},
        {VALUE_TEXT, "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", 0,
         "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"},
        {VALUE_TEXT, raw, 16, NULL, "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"},
        {VALUE_JSON, "{\"u\": \"b\\u00f6b\"}", 0,
         "b\xc3\xb6"
         "b",
         NULL},
        {VALUE_JSON, "{\"u\": 7}", 0, "7", NULL},
        {VALUE_JSON, "{\"u\": null}", 0, NULL, NULL},
        {VALUE_JSON, "{\"u\": {\"id\": 7}}", 0, NULL, NULL},
        {VALUE_JSON, "{\"u\": \"\"}", 0, NULL, NULL},
        {VALUE_JSON, "{\"u\": \"6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B\"}", 0,
         "6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B", "6EC0BD7F-11C0-43DA-975E-2A8AD9EBAE0B"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct roster *const rosters[] = {roster_texts(false), roster_uuids(1, 1)};
        for (size_t k = 0; k < 2; k++) {
            const char *wanted = k ? rows[i].uuid : rows[i].text;
            size_t size = rows[i].size ? rows[i].size : strlen(rows[i].bytes);
            char text[ROSTER_TEXT] = "";
            int64_t user;
            if (decode_user(rosters[k], rows[i].format, "/u", rows[i].bytes, size, &user))
                roster_text(rosters[k], user, text);
            cr_expect_str_eq(text, wanted ? wanted : "", "row %zu, roster %zu", i, k);
            roster_free(rosters[k]);
        }
    }
}
