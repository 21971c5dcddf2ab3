/* links: model */
#include <criterion/criterion.h>

#include "model/way.h"

Test(way, both_ends_are_places)
{
    static const struct {
        const char *text, *listen, *upstream;
    } rows[] = {
        {"16379=6379", "127.0.0.1:16379", "127.0.0.1:6379"},
        {"localhost:1=localhost:2", "127.0.0.1:1", "127.0.0.1:2"},
        {"127.0.0.2:1=10.0.0.5:6379", "127.0.0.2:1", "10.0.0.5:6379"},
        {"[::1]:1=cache.example:6379", "[::1]:1", "cache.example:6379"},
        {"/tmp/in=/run/redis.sock", "/tmp/in", "/run/redis.sock"},
        {"1=/run/a:b=c", "127.0.0.1:1", "/run/a:b=c"},
        {"1=rediss://cache:6380", "127.0.0.1:1", "rediss://cache:6380"},
        {"1=postgresql://db/?sslmode=require", "127.0.0.1:1", "postgresql://db/?sslmode=require"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct way way;
        struct err err = {0};
        cr_assert_eq(way_read(rows[i].text, &way, &err), 0, "%s: %s", rows[i].text, err.message);
        cr_expect_str_eq(way.listen, rows[i].listen, "%s: %s", rows[i].text, way.listen);
        cr_expect_str_eq(way.upstream, rows[i].upstream, "%s: %s", rows[i].text, way.upstream);
    }
}

Test(way, what_is_none_is_refused_with_what_is_allowed)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "two ends"},
        {"6379", "two ends"},
        {"=6379", "two ends"},
        {"16379=", "two ends"},
        {"0=6379", "where to listen"},
        {"65536=6379", "where to listen"},
        {":1=6379", "where to listen"},
        {"here=6379", "where to listen"},
        {"localhost:=6379", "where to listen"},
        {"0.0.0.0:16379=6379", "beyond this machine"},
        {"10.0.0.1:16379=6379", "beyond this machine"},
        {"1=store", "where the store is"},
        {"1=:2", "where the store is"},
        {"1=redis://:secret@cache", "user or a password"},
        {"1=redis://a b", "no host has"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct way way;
        struct err err = {0};
        cr_expect_eq(way_read(rows[i].text, &way, &err), -(int)ERR_USAGE, "%s", rows[i].text);
        cr_expect(strstr(err.message, rows[i].words), "%s: %s", rows[i].text, err.message);
        cr_expect_null(strstr(err.message, "secret"));
    }
}

Test(way, who_reads_where_it_listens_is_seen)
{
    struct way way;
    struct err err;
    cr_assert_eq(way_read("localhost:16379=6379", &way, &err), 0);
    cr_expect(way_is_at(&way, "redis://127.0.0.1:16379/1", 6379));
    cr_expect(way_is_at(&way, "redis://localhost:16379", 6379));
    cr_expect(way_is_at(&way, "redis://:pw@localhost", 16379));
    cr_expect_not(way_is_at(&way, "redis://localhost", 6379));
    cr_expect_not(way_is_at(&way, "private", 6379));
    cr_expect_not(way_is_at(&way, "${redis.url}", 6379));
}
