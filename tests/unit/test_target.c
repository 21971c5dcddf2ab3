/* links: engine load */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/target.h"
#include "load/http/target.h"

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

/* A socket that is bound to a port of its own, and listens when it shall. */
static int bind_any(bool listens, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0 && !bind(fd, (struct sockaddr *)&address, size));
    cr_assert(!listens || !listen(fd, 1));
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* Whatever is behind the port, and by which of a name's addresses: a connection is taken or not. */
Test(target, a_look_tells_whether_somebody_listens)
{
    static const struct {
        const char *format;
        bool listens;
        const char *place, *refusal; /* parts of the texts */
    } cases[] = {
        {"http://127.0.0.1:%d/apply?u={{user}}", true, "127.0.0.1:", ""},
        {"http://127.0.0.1:%d/", false, "127.0.0.1:", "refused"},
        {"https://127.0.0.1:%d/", true, "127.0.0.1:", ""},
        {"https://127.0.0.1:%d/", false, "127.0.0.1:", "refused"},
        {"http://localhost:%d/", true, "127.0.0.1)", ""},
        {"http://localhost:%d/", false, "127.0.0.1)", "refused"},
        {"http://no-such-host.invalid:%d/", true, "no-such-host.invalid:", "no-such-host"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int port, fd = bind_any(cases[i].listens, &port);
        struct target_info info;
        char url[128];
        snprintf(url, sizeof url, cases[i].format, port);
        target_look(url, NULL, &info);
        cr_expect_gt(info.looked, 0, "%s", url);
        cr_expect(strstr(info.place, cases[i].place), "%s: %s", url, info.place);
        cr_expect_eq(!*info.refusal, !*cases[i].refusal, "%s: %s", url, info.refusal);
        cr_expect(strstr(info.refusal, cases[i].refusal), "%s: %s", url, info.refusal);
        close(fd);
    }
}
