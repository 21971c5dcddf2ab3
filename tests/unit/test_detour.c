/* links: stack */
#include <criterion/criterion.h>

#include "stack/detour.h"

struct led {
    const char *server, *url, *upstream, *place, *to;
};

static const struct led table[] = {
    {"redis", "redis://127.0.0.1:6379/2?timeout=1", "127.0.0.1:6379", "127.0.0.1:7000",
     "redis://127.0.0.1:7000/2?timeout=1"},
    {"redis", "redis://:p%40s@s@cache", "cache:6379", "127.0.0.1:7000",
     "redis://:p%40s@s@127.0.0.1:7000"},
    {"redis", "redis://[::1]:6380", "[::1]:6380", "127.0.0.1:7000", "redis://127.0.0.1:7000"},
    {"redis", "unix:///run/redis.sock?db=1", "/run/redis.sock", "/tmp/x/redis",
     "unix:///tmp/x/redis?db=1"},
    {"redis", "unix://:pw@/run/redis.sock", "/run/redis.sock", "/tmp/x/redis",
     "unix://:pw@/tmp/x/redis"},
    {"postgres", "postgresql://app:pw@127.0.0.1:5433/shop", "127.0.0.1:5433", "127.0.0.1:7000",
     "postgresql://app:pw@127.0.0.1:7000/shop"},
    {"postgres", "postgres://db/shop?sslmode=prefer&application_name=a%20b", "db:5432",
     "127.0.0.1:7000", "postgres://127.0.0.1:7000/shop?sslmode=prefer&application_name=a%20b"},
    {"postgres", "postgresql:///shop?host=/run/pg&user=app", "/run/pg/.s.PGSQL.5432",
     "/tmp/x/.s.PGSQL.5432", "postgresql:///shop?user=app&host=/tmp/x"},
    {"postgres", "postgresql:///shop?port=5440&host=%2Frun%2Fpg", "/run/pg/.s.PGSQL.5440",
     "/tmp/x/.s.PGSQL.5440", "postgresql:///shop?port=5440&host=/tmp/x"},
    {"postgres", "postgresql:///shop?host=db&port=5440", "db:5440", "127.0.0.1:7000",
     "postgresql://127.0.0.1:7000/shop"},
    {"mysql", "mysql://app:pw@localhost/shop", "localhost:3306", "127.0.0.1:7000",
     "mysql://app:pw@127.0.0.1:7000/shop"},
    {"mysql", "mysql://app@localhost/shop?socket=/run/my.sock&x=1", "/run/my.sock", "/tmp/x/mysql",
     "mysql://app@localhost/shop?x=1&socket=/tmp/x/mysql"},
};

Test(detour, an_address_keeps_everything_but_its_place)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct led *row = &table[i];
        struct detour detour;
        struct err err = {0};
        char url[512];
        cr_assert_eq(detour_read(row->server, row->url, &detour, &err), 0, "%s: %s", row->url,
                     err.message);
        cr_expect_str_eq(detour.upstream, row->upstream, "%s: %s", row->url, detour.upstream);
        cr_assert_eq(detour_write(&detour, row->url, row->place, url, sizeof url, &err), 0);
        cr_expect_str_eq(url, row->to, "%s became %s", row->url, url);
    }
}

Test(detour, several_hosts_are_not_to_be_led)
{
    static const char *const urls[] = {"postgresql://a,b/shop", "postgresql:///shop?host=a,b",
                                       "postgresql://a:1,b:2/shop?target_session_attrs=any"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct detour detour;
        struct err err = {0};
        cr_assert_eq(detour_read("postgres", urls[i], &detour, &err), 0, "%s", err.message);
        cr_expect(detour.several, "%s", urls[i]);
    }
}

Test(detour, tls_is_the_proxys)
{
    static const struct {
        const char *server, *url, *tls, *to;
    } rows[] = {
        {"postgres", "postgresql://db/shop?sslmode=prefer", "",
         "postgresql://127.0.0.1:7000/shop?sslmode=prefer"},
        {"postgres", "postgresql://me:pw@db/shop?sslmode=require&options=x", " tls=require",
         "postgresql://me:pw@127.0.0.1:7000/shop?options=x"},
        {"postgres", "postgresql://db/?sslmode=require&sslrootcert=/ca", " ca=/ca tls=verify-ca",
         "postgresql://127.0.0.1:7000/"},
        {"postgres", "postgresql://db/?sslcert=/c&sslkey=/k&sslmode=verify-full&sslrootcert=/ca",
         " ca=/ca cert=/c key=/k tls=verify-full host=db", "postgresql://127.0.0.1:7000/"},
        {"postgres", "postgresql:///shop?host=/run/pg&sslmode=require", "",
         "postgresql:///shop?sslmode=require&host=/tmp/x"},
        {"redis", "rediss://:pw@cache/1", " tls=verify-full host=cache",
         "redis://:pw@127.0.0.1:7000/1"},
        {"redis", "rediss://cache?ssl_cert_reqs=none&ssl_ca_certs=/ca", " ca=/ca tls=require",
         "redis://127.0.0.1:7000"},
        {"mysql", "mysql://db/shop?ssl-mode=required", " tls=require",
         "mysql://127.0.0.1:7000/shop"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct detour detour;
        struct err err = {0};
        char url[512];
        const char *place =
            strstr(rows[i].to, "/tmp/x") ? "/tmp/x/.s.PGSQL.5432" : "127.0.0.1:7000";
        cr_assert_eq(detour_read(rows[i].server, rows[i].url, &detour, &err), 0, "%s: %s",
                     rows[i].url, err.message);
        cr_expect_str_eq(detour.tls, rows[i].tls, "%s: %s", rows[i].url, detour.tls);
        cr_assert_eq(detour_write(&detour, rows[i].url, place, url, sizeof url, &err), 0);
        cr_expect_str_eq(url, rows[i].to, "%s became %s", rows[i].url, url);
    }
}

Test(detour, what_cannot_be_led_is_refused_with_a_reason)
{
    static const struct {
        const char *server, *url;
        enum err_code code;
        const char *words;
    } rows[] = {
        {"postgres", "postgresql:///shop", ERR_USAGE, "no host"},
        {"postgres", "postgresql://db/shop?sslmode=require&channel_binding=require",
         ERR_ENVIRONMENT, "channel_binding=require"},
        {"postgres", "postgresql://db/shop?sslmode=verify-ca&sslrootcert=/a%20b", ERR_USAGE,
         "blanks"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct detour detour;
        struct err err = {0};
        cr_expect_eq(detour_read(rows[i].server, rows[i].url, &detour, &err), -(int)rows[i].code,
                     "%s", rows[i].url);
        cr_expect(strstr(err.message, rows[i].words), "%s: %s", rows[i].url, err.message);
    }
}

Test(detour, an_address_that_does_not_fit_is_an_error)
{
    struct detour detour;
    struct err err = {0};
    char url[24];
    cr_assert_eq(detour_read("redis", "redis://cache/0?timeout=100", &detour, &err), 0);
    cr_expect_eq(detour_write(&detour, "redis://cache/0?timeout=100", "127.0.0.1:65535", url,
                              sizeof url, &err),
                 -(int)ERR_USAGE);
}
