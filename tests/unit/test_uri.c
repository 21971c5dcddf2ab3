/* links: base */
/* Addresses by RFC 3986. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/uri.h"

static struct uri parsed(const char *text)
{
    struct uri uri = {0};
    struct err err = {0};
    cr_assert_eq(uri_parse(text, &uri, &err), 0, "%s: %s", text, err.message);
    return uri;
}

Test(uri, every_part)
{
    struct uri uri = parsed("Redis://us%65r:p%40ss%3Aw@db.example:6380/2?a=1&b=x%20y&%68ost=h#z");
    cr_expect_str_eq(uri.scheme, "redis");
    cr_expect_str_eq(uri.user, "user");
    cr_expect_str_eq(uri.password, "p@ss:w");
    cr_expect_eq(uri.hosts_count, 1);
    cr_expect_str_eq(uri.hosts[0].name, "db.example");
    cr_expect_eq(uri.hosts[0].port, 6380);
    cr_expect_str_eq(uri.path, "/2");
    char value[16] = "";
    cr_expect(uri_query(&uri, "a", value, sizeof value));
    cr_expect_str_eq(value, "1");
    cr_expect(uri_query(&uri, "b", value, sizeof value));
    cr_expect_str_eq(value, "x y");
    cr_expect(uri_query(&uri, "host", value, sizeof value));
    cr_expect_str_eq(value, "h");
    cr_expect_not(uri_query(&uri, "c", value, sizeof value));
    cr_expect_not(uri_query(&uri, "b", value, 2), "what does not fit is not there");
}

struct good {
    const char *text, *user, *password, *host;
    int port;
    const char *path, *query;
};

Test(uri, what_is_given_and_nothing_else)
{
    static const struct good goods[] = {
        {"redis://:p%40ss@127.0.0.1", "", "p@ss", "127.0.0.1", 0, "", ""},
        {"redis://127.0.0.1:6379", "", "", "127.0.0.1", 6379, "", ""},
        {"redis://:a@b@host", "", "a@b", "host", 0, "", ""},
        {"redis://[::1]:6379/2", "", "", "::1", 6379, "/2", ""},
        {"redis://[::1]", "", "", "::1", 0, "", ""},
        {"http://[fe80::1%25eth0]:80/", "", "", "fe80::1%eth0", 80, "/", ""},
        {"http://[::ffff:127.0.0.1]/", "", "", "::ffff:127.0.0.1", 0, "/", ""},
        {"redis://host:/3", "", "", "host", 0, "/3", ""},
        {"unix:///run/redis.sock?db=1", "", "", "", 0, "/run/redis.sock", "db=1"},
        {"unix:///run/my%20redis.sock", "", "", "", 0, "/run/my redis.sock", ""},
        {"unix:/run/redis.sock", "", "", "", 0, "/run/redis.sock", ""},
        {"unix://:hush@/run/redis.sock", "", "hush", "", 0, "/run/redis.sock", ""},
        {"postgresql://%2Frun/db", "", "", "/run", 0, "/db", ""},
        {"postgresql:///db?host=/run", "", "", "", 0, "/db", "host=/run"},
        {"mysql://root@localhost:23306?a=b", "root", "", "localhost", 23306, "", "a=b"},
        {"redis://h?a=/b@c:d", "", "", "h", 0, "", "a=/b@c:d"},
        {"redis://h#p@q:1", "", "", "h", 0, "", ""},
    };
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        const struct good *good = &goods[i];
        struct uri uri = parsed(good->text);
        cr_expect_str_eq(uri.user, good->user, "%s: %s", good->text, uri.user);
        cr_expect_str_eq(uri.password, good->password, "%s: %s", good->text, uri.password);
        cr_expect_str_eq(uri.hosts[0].name, good->host, "%s: %s", good->text, uri.hosts[0].name);
        cr_expect_eq(uri.hosts[0].port, good->port, "%s: %d", good->text, uri.hosts[0].port);
        cr_expect_str_eq(uri.path, good->path, "%s: %s", good->text, uri.path);
        cr_expect_str_eq(uri.query, good->query, "%s: %s", good->text, uri.query);
        cr_expect_eq(uri.hosts_count, 1, "%s", good->text);
    }
}

Test(uri, a_list_of_hosts)
{
    struct uri uri = parsed("postgresql://u:p@a:1,[::2]:3,/db");
    cr_assert_eq(uri.hosts_count, 3);
    cr_expect_str_eq(uri.hosts[0].name, "a");
    cr_expect_eq(uri.hosts[0].port, 1);
    cr_expect_str_eq(uri.hosts[1].name, "::2");
    cr_expect_eq(uri.hosts[1].port, 3);
    cr_expect_str_eq(uri.hosts[2].name, "");
    struct err err = {0};
    cr_expect_eq(uri_expect(&uri, "Postgres", (const char *[]){"postgresql", NULL}, &err),
                 -ERR_USAGE);
    cr_expect_not_null(strstr(err.message, "one host, not 3"));
}

Test(uri, absent_and_empty_are_told_apart)
{
    cr_expect_not(parsed("redis://h").has_user);
    cr_expect(parsed("redis://@h").has_user);
    cr_expect_not(parsed("redis://u@h").has_password);
    cr_expect(parsed("redis://u:@h").has_password);
    cr_expect_not(parsed("unix:/a").authority);
}

Test(uri, what_is_wrong_is_told_without_the_secret)
{
    static const char *const bad[][2] = {
        {"", "must begin with a scheme"},
        {"//host", "must begin with a scheme"},
        {"127.0.0.1:6379", "must begin with a scheme"},
        {"redis", "must begin with a scheme"},
        {"redis://h:hush?host", "the port of the redis:// address"},
        {"redis://:hush@host:0", "no number from 1 to 65535"},
        {"redis://:hush@host:65536", "no number from 1 to 65535"},
        {"redis://:hush@host:80x", "no number from 1 to 65535"},
        {"redis://:hush@host:-1", "no number from 1 to 65535"},
        {"redis://:hush@host:%38", "no number from 1 to 65535"},
        {"redis://user:hu/sh@host", "'/' as %2F"},
        {"redis://user:hu#sh@host", "'#' as %23"},
        {"redis://:hu%zzsh@host", "password"},
        {"redis://:hush%@host", "%25"},
        {"redis://:hush%4@host", "%25"},
        {"redis://:hush%00@host", "%00"},
        {"redis://:hush@[::1", "without its ']'"},
        {"redis://:hush@[::1]6379", "behind its ']'"},
        {"redis://:hush@[hush]", "no IPv6 address"},
        {"redis://:hush@::1:6379", "stands in brackets"},
        {"redis://:hush@a b", "no host has"},
        {"redis://:hu\nsh@host", "control character"},
        {"redis://host/%", "path"},
        {"redis://host?a=%4", "query"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct uri uri = {.hosts_count = 7};
        struct err err = {0};
        cr_expect_eq(uri_parse(bad[i][0], &uri, &err), -ERR_USAGE, "%s", bad[i][0]);
        cr_expect_eq(uri.hosts_count, 7, "outputs stay untouched");
        cr_expect_not_null(strstr(err.message, bad[i][1]), "%s: %s", bad[i][0], err.message);
        cr_expect_null(strstr(err.message, "hush"), "%s", err.message);
    }
}

Test(uri, what_is_too_long_is_refused)
{
    char text[8192];
    static const char *const shapes[] = {"%s://h",     "redis://%s@h", "redis://:%s@h",
                                         "redis://%s", "redis://h/%s", "redis://h?%s"};
    char *many = malloc(4096);
    memset(many, 'a', 4095);
    many[4095] = '\0';
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct uri uri;
        snprintf(text, sizeof text, shapes[i], many);
        cr_expect_eq(uri_parse(text, &uri, NULL), -ERR_USAGE, "%s", shapes[i]);
    }
    free(many);
}

Test(uri, a_scheme_is_expected_and_a_place_is_named)
{
    struct uri uri = parsed("rediss://h");
    struct err err = {0};
    static const char *const schemes[] = {"redis", "unix", NULL};
    cr_expect_eq(uri_expect(&uri, "Redis", schemes, &err), -ERR_USAGE);
    cr_expect_str_eq(err.message, "a Redis address begins with redis:// or unix://, not rediss:");
    uri = parsed("redis:h");
    cr_expect_eq(uri_expect(&uri, "Redis", schemes, &err), -ERR_USAGE);
    uri = parsed("redis://h");
    cr_expect_eq(uri_expect(&uri, "Redis", schemes, &err), 0);
    char place[64];
    cr_expect_str_eq(uri_place("::1", 6379, place, sizeof place), "[::1]:6379");
    cr_expect_str_eq(uri_place("h", 0, place, sizeof place), "h");
    cr_expect_str_eq(uri_place("h", 80, place, sizeof place), "h:80");
}

Test(uri, a_scheme_has_its_port)
{
    static const struct {
        const char *text;
        int port;
    } table[] = {{"redis://h", 6379}, {"redis://h:7000", 7000}, {"postgresql://h/d", 5432},
                 {"amqps://h", 5671}, {"amqp://h", 5672},       {"mariadb://h", 3306},
                 {"http://h", 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct uri uri = parsed(table[i].text);
        cr_expect_eq(uri_port(&uri), table[i].port, "%s", table[i].text);
    }
}

/* Whatever stands in a part comes back out of it. */
Test(uri, a_text_is_escaped_for_any_part)
{
    static const char all[] = "az-._~09 @:/?#%&=+'\"\\\xc3\xa4";
    char escaped[3 * sizeof all], text[256];
    uri_escape(all, escaped, sizeof escaped);
    cr_expect(!strpbrk(escaped, "@:/?#&=+ '\"\\"), "%s", escaped);
    snprintf(text, sizeof text, "redis://%s:%s@h/%s", escaped, escaped, escaped);
    struct uri uri = parsed(text);
    cr_expect_str_eq(uri.user, all);
    cr_expect_str_eq(uri.password, all);
    cr_expect_str_eq(uri.path + 1, all);
    char cut[6];
    cr_expect_str_eq(uri_escape("ab@@", cut, sizeof cut), "ab%40");
}
