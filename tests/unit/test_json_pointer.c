/* links: base PkgConfig::JANSSON */
/* One value of a JSON text, as the load and the probes read it. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/json_pointer.h"
#include "base/rng.h"

static bool equals(const char *text, const char *pointer, const char *wanted)
{
    struct json_value value = json_pointer_find(text, strlen(text), pointer);
    return json_value_equals(&value, wanted);
}

Test(json_pointer, pointers_and_values)
{
    static const char text[] =
        "{\"a\": {\"b\": [1, 2.50, \"x\\u00e9\\n\\ud83d\\ude00\", null]}, \"c/d\": true, \"~\": 0, "
        "\"\": 5, \"a2\": 1e3, \"e\": {}, \"a2\": 7}";
    cr_assert(equals(text, "/a/b/0", "1"));
    cr_assert(equals(text, "/a/b/0", "1.0"));
    cr_assert(equals(text, "/a/b/1", "2.5"));
    cr_assert(equals(text, "/a/b/2", "x\xc3\xa9\n\xf0\x9f\x98\x80"));
    cr_assert_not(equals(text, "/a/b/2", "x\xc3\xa9\n\xf0\x9f\x98"));
    cr_assert(equals(text, "/a/b/3", "null"));
    cr_assert(equals(text, "/c~1d", "true"));
    cr_assert(equals(text, "/~0", "0"));
    cr_assert(equals(text, "/", "5"));
    cr_assert(equals(text, "/a2", "7"));
    cr_assert_not(equals(text, "/a/b/4", "1"));
    cr_assert_not(equals(text, "/a/b", "1"));
    cr_assert_not(equals(text, "/e", "{}"));
    cr_assert(equals("true", "", "true"));
    cr_assert_not(equals("tru", "", "true"));
    cr_assert_not(equals("01", "", "1"));
    cr_assert_not(equals("1 2", "", "1"));
    char deep[300];
    memset(deep, '[', sizeof deep);
    cr_assert_eq(json_pointer_find(deep, sizeof deep, "").type, JSON_TYPE_NONE);
}

/* Random texts, most of them nearly JSON: we must agree with jansson on what is JSON and what "/k"
 * is. */
Test(json_pointer, agrees_with_jansson)
{
    static const char *const pieces[] = {"{",     "}",     "[",       "]",  ",",   ":",
                                         "\"k\"", "\"v\"", "1",       "-0", "2.5", "true",
                                         "false", "null",  "\"\\n\"", " ",  "01",  "x"};
    struct rng rng;
    rng_seed(&rng, 42);
    int valid = 0;
    for (int round = 0; round < 200000; round++) {
        char text[128] = "";
        if (rng_below(&rng, 2))
            strcpy(text, "{\"k\":");
        uint64_t count = rng_below(&rng, 7);
        for (uint64_t i = 0; i < count; i++)
            strcat(text, pieces[rng_below(&rng, sizeof pieces / sizeof *pieces)]);
        if (text[0] == '{' && rng_below(&rng, 2))
            strcat(text, "}");
        json_t *theirs = json_loads(text, JSON_DECODE_ANY, NULL);
        struct json_value whole = json_pointer_find(text, strlen(text), "");
        cr_assert_eq(whole.type != JSON_TYPE_NONE, theirs != NULL, "%s", text);
        struct json_value member = json_pointer_find(text, strlen(text), "/k");
        cr_assert_eq(member.type != JSON_TYPE_NONE, json_object_get(theirs, "k") != NULL, "%s",
                     text);
        valid += theirs != NULL;
        json_decref(theirs);
    }
    cr_assert_gt(valid, 1000, "too few valid texts to mean anything: %d", valid);
}

Test(json_pointer, names_and_values_are_compared_decoded)
{
    static const struct {
        const char *text, *pointer, *wanted;
        bool equal;
    } rows[] = {
        {"{\"us\\u0065r\":7}", "/user", "7", true},
        {"{\"us\\u0065r\":7}", "user", "7", true},
        {"{\"a\\/b\":7}", "/a~1b", "7", true},
        {"{\"a\\u007eb\":7}", "/a~0b", "7", true},
        {"{\"a\\u0000b\":7}", "/a", "7", false},
        {"{\"k\":\"yes\\u0000\"}", "/k", "yes", false},
        {"{\"k\":\"\\u0000\"}", "/k", "", false},
        {"{\"k\":\"\\u0000no\"}", "/k", "no", false},
        {"{\"k\":\"y\\u0065s\"}", "/k", "yes", true},
        {"{\"k\":\"\\ud83d\"}", "/k", "\xed\xa0\xbd", false},
        {"{\"k\":\"\\ud83d\\u0041\"}", "/k", "A", false},
        {"{\"k\":\"\\ude00\"}", "/k", "", false},
        {"{\"\\ud83d\":1}", "/\xed\xa0\xbd", "1", false},
        {"{\"a\":{\"b\":1},\"a\":{}}", "/a/b", "1", false}, /* the last a has no b */
        {"{\"a\":{},\"a\":{\"b\":1}}", "/a/b", "1", true},
        {"{\"a\":[1]}", "/a/00", "1", false},
        {"{\"a\":[1]}", "/a/-", "1", false},
        {"\xef\xbb\xbf{\"a\":1}", "/a", "1", true},
        {"{\"a\":1}\n", "/a", "1", true},
        {"{\"a\":1}{", "/a", "1", false},
        {"{\"a\":\"\"}", "/a", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(equals(rows[i].text, rows[i].pointer, rows[i].wanted), rows[i].equal,
                     "row %zu: %s", i, rows[i].text);
}

/* The text ends where the page does, and so does what it is compared with: one byte further is a
 * fault. */
Test(json_pointer, nothing_is_read_past_the_end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *ends[2];
    for (int i = 0; i < 2; i++) {
        char *pages =
            mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert_neq(pages, MAP_FAILED);
        cr_assert_eq(mprotect(pages + page, page, PROT_NONE), 0);
        ends[i] = pages + page;
    }
    static const char *const texts[] = {"{\"k\":\"no\\u0000\\u0000\\u0000\"}",
                                        "\"\\ud83d\\u",
                                        "\"\\",
                                        "{\"k",
                                        "[1,",
                                        "-",
                                        "tru",
                                        "\"\\u00"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t length = strlen(texts[i]);
        memcpy(ends[0] - length, texts[i], length);
        memcpy(ends[1] - 3, "no", 3);
        struct json_value value = json_pointer_find(ends[0] - length, length, "/k");
        cr_expect_not(json_value_equals(&value, ends[1] - 3), "%s", texts[i]);
    }
}

Test(json_pointer, integers)
{
    static const struct {
        const char *text;
        bool fine;
        int64_t number;
    } rows[] = {
        {"7", true, 7},
        {"-7", true, -7},
        {"0", true, 0},
        {"\"7\"", true, 7},
        {"\"\\u0037\"", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"123456789012345678901234567890", false, 0},
        {"7.0", false, 0},
        {"7e0", false, 0},
        {"1e3", false, 0},
        {"\"007\"", false, 0},
        {"\"+7\"", false, 0},
        {"\" 7\"", false, 0},
        {"\"7 \"", false, 0},
        {"\"7\\u0000\"", false, 0},
        {"\"\"", false, 0},
        {"\"-\"", false, 0},
        {"true", false, 0},
        {"null", false, 0},
        {"[7]", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_value value = json_pointer_find(rows[i].text, strlen(rows[i].text), "");
        int64_t number = 0;
        cr_expect_eq(json_value_int(&value, &number), rows[i].fine, "%s", rows[i].text);
        cr_expect_eq(number, rows[i].number, "%s", rows[i].text);
    }
}

Test(json_pointer, numbers_are_compared_exactly)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"7", "7.0", true},
        {"1e3", "1000", true},
        {"1000.0", "1E+3", true},
        {"0.05", "5e-2", true},
        {"-0", "0.0", true},
        {"120", "1.2e2", true},
        {"1.50", "1.5", true},
        {"100.001", "100.0010", true},
        {"7", "-7", false},
        {"7", "007", false},
        {"7", "+7", false},
        {"7", "7.", false},
        {"7", "7e", false},
        {"7", "", false},
        {"7", "nan", false},
        {"7", "0x7", false},
        {"12", "1.2", false},
        {"12", "120", false},
        {"1", "10", false},
        {"101", "11", false},
        {"1001", "101", false},
        {"9007199254740993", "9007199254740992", false},
        {"9007199254740993", "9007199254740993.0", true},
        {"0.1", "0.10000000000000000001", false},
        {"1e400", "1e400", true},
        {"1e400", "2e400", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *a = rows[i].a, *b = rows[i].b;
        cr_expect_eq(decimal_equal(a, strlen(a), b, strlen(b)), rows[i].equal, "%s %s", a, b);
        cr_expect_eq(decimal_equal(b, strlen(b), a, strlen(a)), rows[i].equal, "%s %s", b, a);
    }
}

static void list(void *context, const struct json_value *name, const struct json_value *value)
{
    char text[32];
    json_value_text(name, text, sizeof text);
    strcat(context, text);
    strcat(context, "=");
    json_value_text(value, text, sizeof text);
    strcat(context, text);
    strcat(context, ";");
}

Test(json_pointer, members)
{
    char text[128] = "";
    const char *json = " {\"a\":1,\"b\":{\"c\":[{\"d\":2}]},\"e\\n\":\"f\",\"g\":null}";
    cr_expect(json_pointer_members(json, strlen(json), list, text));
    cr_expect_str_eq(text, "a=1;b=;e\n=f;g=null;");
    cr_expect_not(json_pointer_members("[1]", 3, list, text));
    cr_expect_not(json_pointer_members("[{}]", 4, list, text));
    cr_expect_not(json_pointer_members("{", 1, list, text));
    cr_expect_not(json_pointer_members("", 0, list, text));
}
