/* links: load */
/* The small parts of a preparation: what is taken out of an answer, which cookies go where, when a
 * token ends, what a text becomes for one user. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mask.h"
#include "load/http/pattern.h"
#include "load/http/token.h"
#include "load/prepare/extract.h"
#include "load/prepare/failures.h"
#include "load/prepare/fill.h"
#include "load/prepare/harvest.h"
#include "load/prepare/jar.h"

Test(prepare_parts, an_expression_finds_its_group_in_any_bytes)
{
    static const struct {
        const char *expression, *text, *found; /* NULL: it does not match */
    } rows[] = {
        {"SUCCESS", "a SUCCESS b", "SUCCESS"},
        {"^SOLD", "NOT SOLD", NULL},
        {"id=(\\d+)", "x id=42 y", "42"},
        {"(a)?b", "xb", "b"},
        {"(?:a)(b)(c)(d)", "abcd", "b"},
        {"caf\xc3\xa9", "un caf\xc3\xa9!", "caf\xc3\xa9"},
        {"o.k", "\xff\xfe o\xc3\xbck", "o\xc3\xbck"},
        {"(?i)won", "WON", "WON"},
        {"", "x", ""},
        {"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", NULL}, /* bounded */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pattern *pattern = NULL;
        struct err err = {0};
        const char *at = NULL;
        size_t length = 0;
        cr_assert_eq(pattern_compile(rows[i].expression, &pattern, &err), 0, "%s", err.message);
        bool found = pattern_find(pattern, rows[i].text, strlen(rows[i].text), &at, &length);
        cr_expect_eq(found, rows[i].found != NULL, "row %zu", i);
        if (found && rows[i].found) {
            cr_expect_eq(length, strlen(rows[i].found), "row %zu", i);
            cr_expect_eq(memcmp(at, rows[i].found, length), 0, "row %zu", i);
        }
        pattern_free(pattern);
    }
    struct pattern *pattern = NULL;
    struct err err = {0};
    cr_expect_eq(pattern_compile("a(b", &pattern, &err), -ERR_USAGE);
    cr_expect(strstr(err.message, "at character 4"), "%s", err.message);
}

Test(prepare_parts, what_is_taken_out_of_an_answer)
{
    static const char headers[] = "HTTP/1.1 200 OK\r\nX-CSRF:  abc \r\nSet-Cookie: A=1; Path=/\r\n"
                                  "set-cookie: SESSION=s%3D1; HttpOnly\r\nX-Csrf: last\r\n"
                                  "Set-Cookie: SESSIONS=no\r\nX-Empty:\r\n\r\n";
    static const char body[] =
        "{\"data\": {\"token\": \"t\\u00e9\", \"n\": 7, \"o\": {}}, \"\": 1} csrf='q'";
    static const struct {
        const char *source, *value; /* NULL: there is none */
    } rows[] = {
        {"header:x-csrf", "last"},  {"header:X-CSRF", "last"},     {"header:X-CS", NULL},
        {"header:X-Empty", NULL},   {"cookie:SESSION", "s%3D1"},   {"cookie:A", "1"},
        {"cookie:session", NULL},   {"regex:csrf='([^']*)'", "q"}, {"regex:(none)", NULL},
        {"json:/data/token", NULL}, /* the body as a whole is no JSON */
    };
    static const struct {
        const char *source, *value;
    } json[] = {
        {"json:/data/token", "t\xc3\xa9"},
        {"json:data/token", "t\xc3\xa9"},
        {"json:/data/n", "7"},
        {"json:/data/o", NULL},
        {"json:/data/x", NULL},
    };
    struct buf value;
    buf_init(&value, 1024);
    for (size_t i = 0; i < sizeof rows / sizeof *rows + sizeof json / sizeof *json; i++) {
        bool is_json = i >= sizeof rows / sizeof *rows;
        size_t at = is_json ? i - sizeof rows / sizeof *rows : i;
        const char *source = is_json ? json[at].source : rows[at].source;
        const char *wanted = is_json ? json[at].value : rows[at].value;
        const struct extract_answer answer = {
            headers, body, strlen(body) - (is_json ? strlen(" csrf='q'") : 0), NULL};
        const struct spec_pair spec = {(char *)"x", (char *)(uintptr_t)source};
        struct extract extract;
        struct err err = {0};
        cr_assert_eq(extract_compile(&spec, &extract, &err), 0, "%s", err.message);
        bool found = extract_value(&extract, &answer, &value);
        cr_expect_eq(found, wanted != NULL, "%s", source);
        if (found && wanted)
            cr_expect_str_eq(buf_text(&value), wanted, "%s", source);
        extract_free(&extract);
    }
    buf_free(&value);
    static const char *const wrong[] = {
        "/token", "body:/token", "header:", "cookie:", "regex:(", "regex:csrf", "token"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct spec_pair spec = {(char *)"x", (char *)(uintptr_t)wrong[i]};
        struct extract extract;
        struct err err = {0};
        cr_expect_eq(extract_compile(&spec, &extract, &err), -ERR_USAGE, "%s", wrong[i]);
    }
}

Test(prepare_parts, of_two_cookies_the_one_that_goes_there)
{
    static const struct {
        const char *headers, *path, *value;
    } rows[] = {
        {"Set-Cookie: sid=a; Path=/\nSet-Cookie: sid=b; Path=/never\n", "/login", "a"},
        {"Set-Cookie: sid=b; path=/never\nSet-Cookie: sid=a; HttpOnly; path=/\n", "/login", "a"},
        {"Set-Cookie: sid=a\nSet-Cookie: sid=b\n", "/login", "b"},
        {"Set-Cookie: sid=a; Path=/log\nSet-Cookie: sid=b; Path=/login\n", "/login?x=1", "b"},
        {"Set-Cookie: sid=a; Path=/apply\n", "/login", "a"}, /* the only one */
    };
    const struct spec_pair spec = {(char *)"x", (char *)"cookie:sid"};
    struct extract extract;
    struct buf value;
    buf_init(&value, 64);
    cr_assert_eq(extract_compile(&spec, &extract, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct extract_answer answer = {rows[i].headers, "", 0, rows[i].path};
        cr_expect(extract_value(&extract, &answer, &value), "row %zu", i);
        cr_expect_str_eq(buf_text(&value), rows[i].value, "row %zu", i);
    }
    buf_free(&value);
    extract_free(&extract);
}

Test(prepare_parts, what_a_machine_made_is_a_secret)
{
    static const struct {
        const char *source, *value;
        bool masked;
    } rows[] = {
        {"json:/k", "k7Gh2x-Pq9Zr", true},          {"json:/k", "kzcpyLmUmdAtlYzLNJtl", true},
        {"header:X-Ticket", "4f9a1c3be8", true},    {"cookie:SESSION", "b81x-9z", true},
        {"json:/plan", "standard", false},          {"json:/rank", "17", false},
        {"json:/id", "user-1@shop.example", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct spec_pair spec = {(char *)"x", (char *)(uintptr_t)rows[i].source};
        struct extract extract;
        char text[128];
        mask_forget();
        cr_assert_eq(extract_compile(&spec, &extract, NULL), 0);
        extract_learn(&extract, rows[i].value, "user-1@shop.example");
        snprintf(text, sizeof text, "GET /apply?k=%s HTTP/1.1", rows[i].value);
        mask_apply_here(text, sizeof text);
        cr_expect_eq(!strstr(text, rows[i].value), rows[i].masked, "%s", text);
        extract_free(&extract);
    }
    char line[] = "cookie was SID2=aB3dE5fG7h; lang=de";
    mask_forget();
    extract_learn_cookies("SID2=aB3dE5fG7h; lang=de", "1");
    mask_apply_here(line, sizeof line);
    cr_expect_null(strstr(line, "aB3dE5fG7h"));
    cr_expect_not_null(strstr(line, "lang=de"), "%s", line);
    mask_forget();
}

Test(prepare_parts, cookies_go_where_they_belong)
{
    static const struct {
        const char *line;
        const char *host, *path;
        bool tls;
        const char *header;
    } rows[] = {
        {"127.0.0.1\tFALSE\t/\tFALSE\t0\tA\t1", "127.0.0.1", "/apply?x=1", false, "A=1"},
        {"#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tA\t1", "127.0.0.1", "/", false, "A=1"},
        {"shop.test\tFALSE\t/\tFALSE\t0\tA\t1", "SHOP.test", "/", false, "A=1"},
        {"shop.test\tFALSE\t/\tFALSE\t0\tA\t1", "www.shop.test", "/", false, ""},
        {".shop.test\tTRUE\t/\tFALSE\t0\tA\t1", "www.shop.test", "/", false, "A=1"},
        {".shop.test\tTRUE\t/\tFALSE\t0\tA\t1", "myshop.test", "/", false, ""},
        {"h\tFALSE\t/api\tFALSE\t0\tA\t1", "h", "/api/apply", false, "A=1"},
        {"h\tFALSE\t/api\tFALSE\t0\tA\t1", "h", "/api?x", false, "A=1"},
        {"h\tFALSE\t/api\tFALSE\t0\tA\t1", "h", "/apis", false, ""},
        {"h\tFALSE\t/\tTRUE\t0\tA\t1", "h", "/", false, ""},
        {"h\tFALSE\t/\tTRUE\t0\tA\t1", "h", "/", true, "A=1"},
        {"h\tFALSE\t/\tFALSE\t999\tA\t1", "h", "/", false, ""},
        {"h\tFALSE\t/\tFALSE\t1001\tA\t", "h", "/", false, "A="},
        {"broken", "h", "/", false, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf header;
        buf_init(&header, 1024);
        const struct jar_place place = {rows[i].host, rows[i].path, rows[i].tls, 1000};
        cr_assert_eq(jar_add(rows[i].line, &place, &header), 0);
        cr_expect_str_eq(buf_text(&header), rows[i].header, "row %zu", i);
        if (*rows[i].header) {
            cr_assert_eq(jar_add(rows[i].line, &place, &header), 0);
            cr_expect(strstr(buf_text(&header), "; A="), "row %zu", i);
        }
        buf_free(&header);
    }
}

Test(prepare_parts, tokens_tell_when_they_end)
{
    static const struct {
        const char *token;
        int64_t second; /* 0: it does not tell */
    } rows[] = {
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3IiwiZXhwIjoxODAwMDAwMDAwfQ.c2ln", 1800000000},
        {"x.eyJleHAiOjE4MDAwMDAwMDAuNX0.", 1800000000}, /* {"exp":1800000000.5} */
        {"x.eyJleHAiOiIxODAwMDAwMDAwIn0.y", 0},         /* a text */
        {"x.eyJzdWIiOjd9.y", 0},
        {"x.!!!.y", 0},
        {"a.b", 0},
        {"a.b.c.d.e", 0},
        {"", 0},
        {"..", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t second = 0;
        bool tells = token_expiry(rows[i].token, strlen(rows[i].token), &second);
        cr_expect_eq(tells, rows[i].second != 0, "row %zu", i);
        cr_expect_eq(second, rows[i].second, "row %zu", i);
    }
}

Test(prepare_parts, a_text_is_filled_in_for_its_place)
{
    char *cells[] = {(char *)"name", (char *)"b\"x"};
    const struct feeder feeder = {.cells = cells, .columns = 1, .rows = 1};
    struct fill_value values[2] = {{.name = "token", .known = true}, {.name = "later"}};
    buf_init(&values[0].text, 100);
    cr_assert_eq(buf_adds(&values[0].text, "t/1"), 0);
    const struct fill fill = {.user = "ann&b",
                              .feeder = &feeder,
                              .row = 5,
                              .values = values,
                              .values_count = 2,
                              .uuid = "u-u",
                              .seq = 9};
    static const struct {
        const char *text;
        enum escape escape;
        const char *filled; /* NULL: refused */
    } rows[] = {
        {"/x?u={{user}}&t={{ token }}", ESCAPE_URL, "/x?u=ann%26b&t=t%2F1"},
        {"{\"n\": \"{{name}}\"}", ESCAPE_JSON, "{\"n\": \"b\\\"x\"}"},
        {"{{uuid}} {{seq}}", ESCAPE_NONE, "u-u 9"},
        {"Bearer {{token}}", ESCAPE_HEADER, "Bearer t/1"},
        {"{{later}}", ESCAPE_NONE, NULL},
        {"{{nothing}}", ESCAPE_NONE, NULL},
        {"plain }} {{", ESCAPE_NONE, "plain }} {{"},
    };
    struct buf text;
    buf_init(&text, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        int rc = fill_text(&fill, rows[i].text, rows[i].escape, &text, &err);
        cr_expect_eq(rc, rows[i].filled ? 0 : -ERR_USAGE, "row %zu: %s", i, err.message);
        if (rows[i].filled)
            cr_expect_str_eq(buf_text(&text), rows[i].filled, "row %zu", i);
    }
    buf_clear(&values[0].text);
    cr_assert_eq(buf_adds(&values[0].text, "a\r\nX: y"), 0);
    struct err err = {0};
    cr_expect_eq(fill_text(&fill, "{{token}}", ESCAPE_HEADER, &text, &err), -ERR_USAGE,
                 "no answer writes another header");
    buf_free(&text);
    buf_free(&values[0].text);
}

static struct spec_pair captures[] = {{(char *)"token", (char *)"json:/t"}};
static struct spec_prepare step = {.capture = captures, .capture_count = 1};

Test(prepare_parts, the_harvest_is_a_row_a_user)
{
    const struct scenario scenario = {
        .prepare = &step, .prepare_count = 1, .request = {.cookies = true}};
    struct harvest harvest;
    struct feeder table;
    struct err err = {0};
    cr_assert_eq(harvest_init(&harvest, &scenario, 3, &err), 0);
    static const char *const rows[3][2] = {{"T1", "a=1"},
                                           {"x.eyJleHAiOjE4MDAwMDAwMDB9.y", ""},
                                           {"x.eyJleHAiOjE3MDAwMDAwMDB9.y", "b=2"}};
    static const size_t order[] = {2, 0, 1};
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(harvest_keep(&harvest, order[i], (int64_t)order[i] + 1, rows[order[i]], &err),
                     0);
    cr_expect_eq(harvest.expires, 1700000000);
    cr_expect_eq(harvest.whose, 3);
    cr_expect_str_eq(harvest_name(&harvest, harvest.token), "token");
    cr_assert_eq(harvest_table(&harvest, &table, &err), 0);
    cr_expect_eq(feeder_column(&table, "cookies", 7), 1);
    for (size_t row = 0; row < 3; row++)
        for (size_t column = 0; column < 2; column++)
            cr_expect_str_eq(feeder_cell(&table, row, column), rows[row][column]);
    feeder_free(&table);
    harvest_free(&harvest);
}

Test(prepare_parts, what_does_not_fit_is_refused_at_the_first_user)
{
    const struct scenario scenario = {.prepare = &step, .prepare_count = 1};
    struct harvest harvest;
    struct err err = {0};
    cr_assert_eq(harvest_init(&harvest, &scenario, 1000, &err), 0);
    harvest.room = 100 * 1000;
    const char *const value[] = {
        "0123456789012345678901234567890123456789012345678901234567890123456"
        "789012345678901234567890123456789x"};
    cr_expect_eq(harvest_keep(&harvest, 0, 1, value, &err), -ERR_ENVIRONMENT);
    cr_expect(strstr(err.message, "what 1000 users capture needs"), "%s", err.message);
    harvest_free(&harvest);
}

Test(prepare_parts, failures_are_counted_by_cause)
{
    struct failures failures = {0};
    char text[256];
    const struct failure no = {.step = 0, .cause = "status 401", .status = 401, .user = 7},
                         gone = {.step = 1, .cause = "refused", .user = 9};
    failures_add(&failures, &gone);
    failures_add(&failures, &no);
    failures_add(&failures, &no);
    cr_expect_str_eq(failures_spell(&failures, text, sizeof text),
                     "1 time prepare.1: refused; 2 times prepare.0: status 401");
    cr_expect_eq(failures_most(&failures)->user, 7);
    for (unsigned i = 0; i < 20; i++) {
        struct failure other = {.step = i + 2, .cause = "x"};
        failures_add(&failures, &other);
    }
    cr_expect_eq(failures.count, 23);
    char few[64];
    failures_spell(&failures, few, sizeof few);
}
