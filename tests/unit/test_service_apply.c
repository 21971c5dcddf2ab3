/* links: apply */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apply/outcome.h"
#include "apply/record.h"
#include "apply/redis_address.h"
#include "apply/request.h"
#include "apply/stats.h"
#include "apply/strategy.h"

static const char TWICE[] = "userId is given more than once, and differently";

static const struct {
    const char *query, *body;
    const char *reason; /* NULL: accepted */
    int64_t user;
} requests[] = {
    {"userId=1", "", NULL, 1},
    {"userId=0", "", NULL, 0},
    {"userId=007", "", NULL, 7},
    {"userId=9223372036854775807", "", NULL, INT64_MAX},
    {"a=b&userId=42&c", "", NULL, 42},
    {"userId=%31%32", "", NULL, 12},
    {"userId=5&userId=5", "", NULL, 5},
    {"userId=5&userId=6", "", TWICE, 0},
    {NULL, "", "userId is missing", 0},
    {"", "", "userId is missing", 0},
    {"userid=1", "", "userId is missing", 0},
    {"xuserId=1", "", "userId is missing", 0},
    {"userId", "", "userId is missing", 0},
    {"userId=", "", "userId is missing", 0},
    {"userId=abc", "", "userId is not a whole number", 0},
    {"userId=1.5", "", "userId is not a whole number", 0},
    {"userId=1e3", "", "userId is not a whole number", 0},
    {"userId=+1", "", "userId is not a whole number", 0},
    {"userId= 1", "", "userId is not a whole number", 0},
    {"userId=0x10", "", "userId is not a whole number", 0},
    {"userId=-", "", "userId is not a whole number", 0},
    {"userId=%3", "", "userId is not a whole number", 0},
    {"userId=%zz", "", "userId is not a whole number", 0},
    {"userId=1%00", "", "userId is not a whole number", 0},
    {"userId=-1", "", "userId is negative", 0},
    {"userId=-9223372036854775808", "", "userId is negative", 0},
    {"userId=9223372036854775808", "", "userId is too large", 0},
    {"userId=99999999999999999999999999", "", "userId is too large", 0},
    {NULL, "{\"userId\": 8}", NULL, 8},
    {NULL, "  {\"a\": [1], \"userId\": 8}\n", NULL, 8},
    {"userId=8", "{\"userId\": 8}", NULL, 8},
    {"userId=8", "{\"userId\": 9}", TWICE, 0},
    {"userId=8", "{}", NULL, 8},
    {NULL, "{}", "userId is missing", 0},
    {NULL, "{\"userId\": \"8\"}", "userId is not a whole number", 0},
    {NULL, "{\"userId\": 8.0}", "userId is not a whole number", 0},
    {NULL, "{\"userId\": null}", "userId is not a whole number", 0},
    {NULL, "{\"userId\": -8}", "userId is negative", 0},
    {NULL, "{\"userId\": 99999999999999999999}", "userId is too large", 0},
    {NULL, "{\"userId\": 8", "the body is not a JSON object", 0},
    {NULL, "[8]", "the body is not a JSON object", 0},
    {NULL, "{\"userId\": 1, \"userId\": 2}", "the body is not a JSON object", 0},
    {NULL, "userId=9", NULL, 9},
    {"userId=9", "userId=10", TWICE, 0},
    {NULL, "hello", "userId is missing", 0},
};

Test(request, user)
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int64_t user = -99;
        const char *reason =
            request_user(requests[i].query, requests[i].body, strlen(requests[i].body), &user);
        const char *shown = requests[i].query ? requests[i].query : requests[i].body;
        if (!requests[i].reason) {
            cr_assert_null(reason, "%s: refused: %s", shown, reason);
            cr_assert_eq(user, requests[i].user, "%s: %" PRId64, shown, user);
        } else {
            cr_assert_not_null(reason, "%s: taken as %" PRId64, shown, user);
            cr_assert_str_eq(reason, requests[i].reason, "%s", shown);
            cr_assert_eq(user, -99, "%s: the output was touched", shown);
        }
    }
}

/* The body is not NUL-terminated: nothing behind its length may be read. */
Test(request, length_is_obeyed)
{
    int64_t user = 0;
    cr_assert_null(request_user(NULL, "userId=123456", 10, &user));
    cr_assert_eq(user, 123);
}

Test(record, is_big_endian)
{
    uint8_t bytes[RECORD_SIZE];
    record_encode(INT64_C(0x0102030405060708), bytes);
    const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8};
    cr_assert_arr_eq(bytes, expected, sizeof bytes);
    record_encode(-2, bytes);
    const uint8_t minus_two[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    cr_assert_arr_eq(bytes, minus_two, sizeof bytes);
}

static const struct {
    const char *url;
    bool good, local;
    const char *host;
    int64_t port, db;
    const char *user, *password;
} addresses[] = {
    {"redis://localhost", true, false, "localhost", 6379, 0, "", ""},
    {"redis://10.0.0.1:6380/3", true, false, "10.0.0.1", 6380, 3, "", ""},
    {"redis://:secret@h", true, false, "h", 6379, 0, "", "secret"},
    {"redis://secret@h", true, false, "h", 6379, 0, "", "secret"},
    {"redis://me:se:cret@h:1/", true, false, "h", 1, 0, "me", "se:cret"},
    {"redis://me:p%40s%2Fs@h:1/2", true, false, "h", 1, 2, "me", "p@s/s"},
    {"redis://h:", true, false, "h", 6379, 0, "", ""},
    {"redis://[::1]:7000", true, false, "::1", 7000, 0, "", ""},
    {"redis://[::1]", true, false, "::1", 6379, 0, "", ""},
    {"localhost:6379", true, false, "localhost", 6379, 0, "", ""},
    {"unix:///run/r.sock", true, true, "/run/r.sock", 0, 0, "", ""},
    {"unix:///run/r.sock?db=2", true, true, "/run/r.sock", 0, 2, "", ""},
    {"", false, false, "", 0, 0, "", ""},
    {"redis://", false, false, "", 0, 0, "", ""},
    {"redis://h:0", false, false, "", 0, 0, "", ""},
    {"redis://h:65536", false, false, "", 0, 0, "", ""},
    {"redis://h/x", false, false, "", 0, 0, "", ""},
    {"redis://[::1", false, false, "", 0, 0, "", ""},
    {"redis://[::1]x", false, false, "", 0, 0, "", ""},
    {"rediss://h", false, false, "", 0, 0, "", ""},
    {"unix://relative", false, false, "", 0, 0, "", ""},
    {"unix:///p?x=1", false, false, "", 0, 0, "", ""},
};

Test(redis_address, parse)
{
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct redis_address found = {0};
        struct err err;
        int rc = redis_address_parse(addresses[i].url, &found, &err);
        cr_assert_eq(rc == 0, addresses[i].good, "%s", addresses[i].url);
        if (rc)
            continue;
        cr_assert_eq(found.local, addresses[i].local, "%s", addresses[i].url);
        cr_assert_str_eq(found.host, addresses[i].host);
        cr_assert(found.local || found.port == addresses[i].port, "%s", addresses[i].url);
        cr_assert_eq(found.db, addresses[i].db, "%s", addresses[i].url);
        cr_assert_str_eq(found.user, addresses[i].user);
        cr_assert_str_eq(found.password, addresses[i].password);
    }
}

Test(redis_address, too_long_is_refused)
{
    char url[1024] = "redis://";
    memset(url + 8, 'a', 300);
    struct redis_address found;
    struct err err;
    cr_assert_neq(redis_address_parse(url, &found, &err), 0);
}

Test(stats, a_duration_lands_in_its_bucket)
{
    static struct stats stats;
    stats_count(&stats, OUTCOME_ACCEPTED, NS_PER_MS); /* a bound belongs to its bucket */
    stats_count(&stats, OUTCOME_ACCEPTED, NS_PER_MS + 1);
    stats_count(&stats, OUTCOME_SOLD_OUT, 5 * NS_PER_S);
    cr_assert_eq(counter_get(&stats.durations[3]), 1);
    cr_assert_eq(counter_get(&stats.durations[4]), 1);
    cr_assert_eq(counter_get(&stats.durations[STATS_BUCKETS]), 1);
    cr_assert_eq(counter_get(&stats.outcomes[OUTCOME_ACCEPTED]), 2);
    cr_assert_float_eq(stats_bounds[3], 0.001, 1e-12);
    cr_assert_eq(counter_get(&stats.duration_ns), (uint64_t)(2 * NS_PER_MS + 1 + 5 * NS_PER_S));
}

Test(outcome, every_one_has_an_answer)
{
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        cr_assert(outcome_answers[i].status >= 200 && outcome_answers[i].status < 600);
        cr_assert_not_null(outcome_answers[i].phrase);
        cr_assert_not_null(outcome_answers[i].result);
    }
}

Test(strategy, table)
{
    static const char *const names[] = {"count", "redis", "kafka", "exact", "stock", "seat"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct strategy *found = strategy_find(names[i]);
        cr_assert_not_null(found, "%s", names[i]);
        cr_assert_str_eq(found->name, names[i]);
        cr_assert_not_null(found->decide);
    }
    cr_assert_null(strategy_find("nobody"));
    cr_assert_null(strategy_find(""));
}
