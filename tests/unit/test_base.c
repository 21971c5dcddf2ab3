/* links: base */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hist.h"
#include "base/rng.h"
#include "base/tail.h"
#include "base/units.h"

Test(err, keeps_code_and_message_and_prefixes)
{
    struct err err = {0};
    cr_assert_eq(err_set(&err, ERR_USAGE, "no %d", 7), -(int)ERR_USAGE);
    cr_assert_str_eq(err.message, "no 7");
    cr_assert_eq(err_prefix(&err, "file:%d", 3), -(int)ERR_USAGE);
    cr_assert_str_eq(err.message, "file:3: no 7");
    cr_assert_eq(err_set(NULL, ERR_TIMEOUT, "x"), -(int)ERR_TIMEOUT);
    cr_assert_eq(err_errno(&err, ERR_ENVIRONMENT, 2, "open"), -(int)ERR_ENVIRONMENT);
    cr_assert_str_eq(err.message, "open: No such file or directory");
}

Test(err, long_messages_are_cut_not_overrun)
{
    struct err err = {0};
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    err_set(&err, ERR_BUG, "%s", text);
    err_prefix(&err, "%s", text);
    err_prefix(&err, "front");
    cr_assert_eq(strlen(err.message), ERR_MESSAGE_MAX - 1);
    cr_assert_eq(strncmp(err.message, "front: xxx", 10), 0);
}

Test(buf, grows_to_its_maximum_and_no_further)
{
    struct buf buf;
    buf_init(&buf, 10);
    cr_assert_str_eq(buf_text(&buf), "");
    cr_assert_eq(buf_adds(&buf, "12345"), 0);
    cr_assert_eq(buf_addf(&buf, "%s", "67890"), 0);
    cr_assert_eq(buf_adds(&buf, "x"), -(int)ERR_MEMORY);
    cr_assert(buf.failed);
    cr_assert_str_eq(buf_text(&buf), "1234567890");
    buf_clear(&buf);
    cr_assert_not(buf.failed);
    char *text = buf_steal(&buf);
    cr_assert_str_eq(text, "");
    free(text);
    buf_free(&buf);
}

Test(units, durations)
{
    static const struct {
        const char *text;
        ns_t span;
    } good[] = {{"0", 0},
                {"0s", 0},
                {"250ns", 250},
                {"75us", 75 * NS_PER_US},
                {"10ms", 10000000},
                {"1.5s", 1500000000},
                {"2m", 120 * NS_PER_S},
                {"1h", 3600 * NS_PER_S}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ns_t span = -1;
        struct err err = {0};
        cr_assert_eq(units_parse_duration(good[i].text, &span, &err), 0, "%s", good[i].text);
        cr_assert_eq(span, good[i].span, "%s", good[i].text);
    }
    static const char *const bad[] = {"",      "10",   "-1s",          "+1s",   " 1s",
                                      "1 s",   "1sec", "inf",          "0x1ms", "ms",
                                      "1..2s", "9e9h", "999999999999h"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ns_t span = 42;
        struct err err = {0};
        cr_assert_eq(units_parse_duration(bad[i], &span, &err), -(int)ERR_USAGE, "%s", bad[i]);
        cr_assert_eq(span, 42, "%s must leave the output alone", bad[i]);
    }
}

Test(units, integers)
{
    int64_t value = 0;
    struct err err = {0};
    cr_assert_eq(units_parse_int("-5", -10, 10, &value, &err), 0);
    cr_assert_eq(value, -5);
    cr_assert_eq(units_parse_int("9223372036854775807", 0, INT64_MAX, &value, &err), 0);
    static const char *const bad[] = {"",   "-",  "1x", " 1", "+1", "9223372036854775808",
                                      "11", "1.0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(units_parse_int(bad[i], 0, 10, &value, &err), -(int)ERR_USAGE, "%s", bad[i]);
}

Test(units, formats_for_people)
{
    static const struct {
        ns_t span;
        const char *text;
    } table[] = {{0, "0 ns"},
                 {999, "999 ns"},
                 {1500, "1.5 us"},
                 {2310000, "2.31 ms"},
                 {412000000, "412 ms"},
                 {10 * NS_PER_S, "10 s"},
                 {90 * NS_PER_S, "90 s"},
                 {120 * NS_PER_S, "2 min"},
                 {(125 * NS_PER_S), "2 min 5 s"},
                 {3600 * NS_PER_S, "1 h"},
                 {3600 * NS_PER_S - 1, "1 h"},
                 {90 * 60 * NS_PER_S, "1 h 30 min"},
                 {12340000, "12.3 ms"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[32];
        cr_assert_str_eq(units_format_duration(table[i].span, text, sizeof text), table[i].text);
    }
}

Test(rng, repeats_and_stays_in_bounds)
{
    struct rng a, b;
    rng_seed(&a, 7);
    rng_seed(&b, 7);
    int seen[10] = {0};
    for (int i = 0; i < 100000; i++) {
        cr_assert_eq(rng_next(&a), rng_next(&b));
        int64_t value = rng_between(&a, -3, 6);
        rng_between(&b, -3, 6);
        cr_assert(value >= -3 && value <= 6);
        seen[value + 3]++;
        double unit = rng_unit(&a);
        rng_unit(&b);
        cr_assert(unit >= 0 && unit < 1);
    }
    for (int i = 0; i < 10; i++) /* 10,000 expected; 10 standard deviations are 950 */
        cr_assert(seen[i] > 9000 && seen[i] < 11000, "%d: %d", i, seen[i]);
}

static struct hist hist, other, both;

Test(hist, a_value_is_known_within_a_thousandth)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (int i = 0; i < 1000000; i++) {
        int64_t value = (int64_t)(rng_next(&rng) >> (64 - rng_between(&rng, 1, HIST_VALUE_BITS)));
        int64_t middle = hist_bucket_middle(hist_bucket(value));
        int64_t off = middle > value ? middle - value : value - middle;
        cr_assert(off * 1000 <= value, "%lld is shown as %lld", (long long)value,
                  (long long)middle);
        cr_assert_eq(hist_bucket(middle), hist_bucket(value));
    }
}

Test(hist, quantiles_agree_with_sorting)
{
    struct rng rng;
    rng_seed(&rng, 2);
    enum { N = 9999 };
    static int64_t values[N];
    hist_init(&hist);
    for (int i = 0; i < N; i++) {
        values[i] = rng_between(&rng, 0, 50000000);
        hist_add(&hist, values[i]);
    }
    for (int i = 1; i < N; i++) /* insertion sort: an independent judge */
        for (int j = i; j > 0 && values[j - 1] > values[j]; j--) {
            int64_t swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
    static const double quantiles[] = {0, 0.01, 0.5, 0.9, 0.99, 0.999, 1};
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        size_t rank = (size_t)(quantiles[i] * N + 0.9999999);
        int64_t want = values[rank ? rank - 1 : 0];
        int64_t got = hist_quantile(&hist, quantiles[i]);
        int64_t off = got > want ? got - want : want - got;
        cr_assert(off * 1000 <= want + 1000, "q %g: want %lld got %lld", quantiles[i],
                  (long long)want, (long long)got);
    }
}

Test(hist, merging_equals_adding_to_one)
{
    struct rng rng;
    rng_seed(&rng, 3);
    hist_init(&hist);
    hist_init(&other);
    hist_init(&both);
    for (int i = 0; i < 5000; i++) {
        int64_t value = rng_between(&rng, 0, 1000000);
        hist_add(i % 3 ? &hist : &other, value);
        hist_add(&both, value);
    }
    hist_merge(&hist, &other);
    cr_assert_eq(memcmp(&hist.counts, &both.counts, sizeof both.counts), 0);
    cr_assert_eq(hist.total, both.total);
    cr_assert_eq(hist.min, both.min);
    cr_assert_eq(hist.max, both.max);
    cr_assert_float_eq(hist_mean(&hist), hist_mean(&both), 1e-6);
}

Test(hist, empty_and_extreme_values)
{
    hist_init(&hist);
    cr_assert_eq(hist_quantile(&hist, 0.5), 0);
    hist_add(&hist, -5);
    hist_add(&hist, INT64_MAX);
    cr_assert_eq(hist.total, 2);
    cr_assert_eq(hist.min, 0);
    cr_assert_eq(hist.max, INT64_MAX);
}

Test(clock, stamps)
{
    char text[32];
    int64_t wall = INT64_C(1795420862345) * NS_PER_MS; /* 2026-11-23T08:01:02.345Z */
    cr_assert_str_eq(clock_format_utc(wall, text, sizeof text), "2026-11-23T08:01:02.345Z");
    cr_assert_str_eq(clock_format_stamp(wall, text, sizeof text), "20261123T080102.345Z");
    ns_t before = clock_now();
    clock_sleep_until(before + 2 * NS_PER_MS);
    cr_assert(clock_now() >= before + 2 * NS_PER_MS);
}

/* ---- the end of a log ---- */

#define FRAMES "    at one\n    at two\n    at three"

Test(tail, begins_where_it_is_said_what_went_wrong)
{
    static const struct {
        const char *log, *want;
        size_t size;
    } table[] = {
        {"listening\nall is well", "listening\nall is well", 64},
        {"listening\nall is well", "all is well", 16},
        {"up\nError: no connection\n" FRAMES "\n\nv20", "Error: no connection\n    at one", 40},
        {"TypeError: a\n" FRAMES "\nlater\nValueError: b\nbye", "ValueError: b\nbye", 40},
        {"x.Outer: a\n at one\nCaused by: x.Inner: b\n at two\n ... 9 more",
         "Caused by: x.Inner: b\n at two\n ... 9 more", 64},
        {"0 errors\nErrorPage is there\nready", "0 errors\nErrorPage is there\nready", 64},
        {"Error: this one line is longer than what there is room for\n at one", "Error:  … oom for",
         20},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[64] = "";
        tail_lines(table[i].log, text, table[i].size);
        cr_expect_str_eq(text, table[i].want, "%zu: %s", i, text);
    }
}

Test(tail, forgets_what_went_wrong_long_ago)
{
    char log[4096] = "ERROR before\n", text[16];
    for (int i = 0; i < 100; i++)
        strcat(log, "served\n");
    strcat(log, "bye");
    tail_lines(log, text, 8);
    cr_expect_str_eq(text, "bye", "%s", text);
}
