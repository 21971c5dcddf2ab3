/* links: load Threads::Threads */
/* A service on a unix socket: every gate that it can have, phases without one, a full backlog. */
#include <criterion/criterion.h>
#include <sys/un.h>

#include "load/http/target.h"
#include "load_server.h"

enum { REQUESTS = 50 };

struct desk {
    char path[64];
    struct server server;
};

static bool answer(void *context, int fd, const char *head)
{
    (void)context;
    rig_say(fd, strstr(head, "Host: localhost")
                    ? "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 400 Whose?\r\nContent-Length: 0\r\n\r\n");
    return true;
}

/* One connection a millisecond, so that a small backlog is full. */
static struct desk *open_desk(int backlog)
{
    struct desk *desk = calloc(1, sizeof *desk);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(desk->path, sizeof desk->path, "/tmp/rushproof-unit-%d.sock", (int)getpid());
    snprintf(address.sun_path, sizeof address.sun_path, "%s", desk->path);
    unlink(desk->path);
    desk->server = (struct server){.answer = answer, .pause_us = 1000};
    int listener = desk->server.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(listener, backlog), 0);
    server_start(&desk->server);
    return desk;
}

static void close_desk(struct desk *desk)
{
    server_stop(&desk->server);
    unlink(desk->path);
    free(desk);
}

static void expect_all(struct spec_phase phase, int backlog)
{
    struct desk *desk = open_desk(backlog);
    struct rig *rig = rig_new(1);
    snprintf(rig->url, sizeof rig->url, "http://localhost/apply?userId={{user}}");
    rig->scenario.request.socket = desk->path;
    rig->phases[0] = phase;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.planned, REQUESTS);
    cr_assert_eq(rig->tally.accepted, REQUESTS, "%d of them, %d failed", (int)rig->tally.accepted,
                 (int)rig->tally.failed);
    rig_free(rig);
    close_desk(desk);
}

Test(load_unix, bursts)
{
    static const enum gate gates[] = {GATE_AUTO, GATE_LAST_BYTE, GATE_CONNECTED};
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        expect_all((struct spec_phase){LOAD_BURST, .burst = {.requests = REQUESTS,
                                                             .gate = gates[i],
                                                             .deadline = 30 * NS_PER_S}},
                   4);
}

Test(load_unix, a_burst_without_a_gate)
{
    expect_all((struct spec_phase){LOAD_BURST, .burst = {.requests = REQUESTS, .gate = GATE_NONE}},
               REQUESTS);
}

Test(load_unix, phases_that_use_connections_again)
{
    expect_all((struct spec_phase){LOAD_CLOSED, .closed = {.connections = 5, .requests = REQUESTS}},
               REQUESTS);
    expect_all((struct spec_phase){LOAD_RATE,
                                   .rate = {.rate = 500, .requests = REQUESTS, .connections = 5}},
               REQUESTS);
}

Test(load_unix, a_path_that_is_too_long_is_said)
{
    char path[200] = "/tmp/";
    struct target target;
    struct err err = {0};
    memset(path + 5, 'x', 150);
    cr_assert_eq(target_resolve("http://localhost/", path, &target, &err), -(int)ERR_USAGE);
    cr_assert(strstr(err.message, "155 bytes"), "%s", err.message);
    cr_assert_eq(target_resolve("http://localhost/", "/tmp/a.sock", &target, &err), 0);
    char text[64];
    cr_assert_str_eq(target_describe(&target, text, sizeof text), "unix:/tmp/a.sock");
}

Test(load_unix, whether_somebody_listens)
{
    struct target_info info;
    struct desk *desk = open_desk(4);
    target_look("http://localhost/", desk->path, &info);
    cr_assert(info.looked && !*info.refusal, "%s", info.refusal);
    char gone[64];
    snprintf(gone, sizeof gone, "%s", desk->path);
    close_desk(desk);
    target_look("http://localhost/", gone, &info);
    cr_assert(info.looked && *info.refusal);
}
