/* links: engine */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/target.h"

Test(target, loopback_by_any_spelling_and_nothing_else)
{
    static const char *const yes[] = {"localhost", "LOCALHOST", "127.0.0.1",
                                      "127.9.8.7", "::1",       "[::1]"};
    static const char *const no[] = {"",
                                     "example.com",
                                     "128.0.0.1",
                                     "10.0.0.1",
                                     "127.0.0",
                                     "::2",
                                     "localhost.evil",
                                     "0.0.0.0",
                                     "127.0.0.1.example.com"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        cr_assert(target_is_loopback(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        cr_assert_not(target_is_loopback(no[i]), "%s", no[i]);
}

Test(target, other_hosts_need_the_users_word)
{
    struct err err = {0};
    static const char *const allowed[] = {"shop.example"};
    cr_assert_eq(target_check("http://127.0.0.1:80/a?u={{user}}", NULL, 0, &err), 0, "%s",
                 err.message);
    cr_assert_eq(target_check("https://shop.example/a", allowed, 1, &err), 0);
    cr_assert_eq(target_check("https://shop.example/a", NULL, 0, &err), -(int)ERR_USAGE);
    cr_assert_not_null(strstr(err.message, "--allow-host shop.example"));
    /* The part before the @ is a name and a password, not the host. */
    cr_assert_eq(target_check("http://127.0.0.1@evil.example/", NULL, 0, &err), -(int)ERR_USAGE);
    cr_assert_eq(target_check("nonsense", NULL, 0, &err), -(int)ERR_USAGE);
}
