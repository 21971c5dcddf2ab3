/* links: load */
/* Gate cold: nothing is open before the release, which is the connects themselves, and what the
 * target's listener lost is counted. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include "load/phases/phase.h"
#include "load_rig.h"
#include "model/connects.h"

static const struct transport_ops *const transports[] = {&transport_curl, &transport_http1};

static struct rig *rig_cold(int port, const struct transport_ops *transport, int64_t requests)
{
    struct rig *rig = rig_new(port);
    rig->phases[0].burst.gate = GATE_COLD;
    rig->phases[0].burst.requests = requests;
    rig->scenario.request.timeout = 30 * NS_PER_S;
    cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
    ((struct local *)rig->load)->transport = transport;
    return rig;
}

static void stage_and_release(struct rig *rig)
{
    cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
    cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
}

static void settle(struct rig *rig)
{
    cr_assert_eq(load_settle(rig->load, &rig->err), 0, "%s", rig->err.message);
    cr_assert_eq(tally_make(&rig->history, TALLY_ALL_PHASES, &rig->tally, &rig->err), 0);
}

static void expect_warning(const struct load_connects *connects, const char *part)
{
    char text[768];
    connects_warn(connects, text, sizeof text);
    cr_expect(part ? strstr(text, part) != NULL : !*text, "%s", text);
}

Test(load_cold, everybody_connects_at_the_release)
{
    for (size_t i = 0; i < 2; i++) {
        struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
        struct rig *rig = rig_cold(target->port, transports[i], 200);
        cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
        cr_assert_str_eq(rig->info.gate, "cold");
        cr_assert_eq(atomic_load(&rig->progress.staged), 200);
        cr_assert_eq(atomic_load(&target->accepted), 0, "opened before the release");
        ns_t before = clock_now();
        cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
        ns_t after = clock_now();
        settle(rig);
        cr_expect_eq(atomic_load(&target->accepted), 200);
        cr_expect_eq(rig->tally.accepted, 134);
        cr_expect_eq(rig->tally.rejected, 66);
        cr_expect_eq(rig->tally.peak_in_flight, 200);
        for (size_t k = 0; k < 200; k++) {
            const struct request *r = &rig->history.v[k];
            cr_expect(r->released >= before && r->released <= after && r->planned <= r->released &&
                          r->first_byte > r->released,
                      "%s, request %zu is not stamped at its connect", transports[i]->name, k);
        }
        const struct load_connects *connects = &rig->info.connects;
        cr_expect_eq(connects->made, 200);
        cr_expect_eq(connects->opened, 200);
        cr_expect(connects->open_p50 > 0 && connects->open_p50 <= connects->open_p99 &&
                  connects->open_p99 <= connects->open_max);
        cr_expect_eq(connects->tls_max, 0);
        expect_warning(connects, NULL);
        rig_free(rig);
        rig_target_end(target);
    }
}

/* Its queue has room for 8 (and one) until it begins to accept, and that is after the release.
 * Those who come again are fewer than that: they are not dropped twice. */
Test(load_cold, a_short_backlog_is_named)
{
    for (size_t i = 0; i < 2; i++) {
        struct rig_target *target = calloc(1, sizeof *target);
        target->listener = rig_listen(8, &target->port);
        target->epoll = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = target->listener};
        epoll_ctl(target->epoll, EPOLL_CTL_ADD, target->listener, &event);
        struct rig *rig = rig_cold(target->port, transports[i], 15);
        stage_and_release(rig);
        const struct listener *listener = &((struct local *)rig->load)->listener;
        ns_t until = clock_now() + 10 * NS_PER_S;
        while (listener->running && *(const volatile int64_t *)&listener->peak < 9 &&
               clock_now() < until)
            usleep(1000);
        pthread_create(&target->thread, NULL, rig_serve, target);
        settle(rig);
        const struct load_connects *connects = &rig->info.connects;
        cr_expect_eq(rig->tally.accepted + rig->tally.rejected, 15, "%s", transports[i]->name);
        cr_expect_eq(connects->opened, 15);
        cr_expect_eq(connects->delayed, 6, "%lld", (long long)connects->delayed);
        cr_expect_geq(connects->syns_again, 6);
        cr_expect_gt(connects->open_max, 500 * NS_PER_MS);
        expect_warning(connects, "6 of 15 connections stood only after their SYN had been sent");
        if (connects->queue_room != COUNT_UNKNOWN) {
            cr_expect_eq(connects->queue_peak, 9);
            cr_expect_eq(connects->queue_room, 8);
            expect_warning(connects, "has room for 8");
            expect_warning(connects, "give its listen() a longer backlog");
        }
        rig_free(rig);
        rig_target_end(target);
    }
}

Test(load_cold, nobody_listens)
{
    for (size_t i = 0; i < 2; i++) {
        int port;
        close(rig_listen(1, &port));
        struct rig *rig = rig_cold(port, transports[i], 50);
        stage_and_release(rig);
        settle(rig);
        cr_expect_eq(rig->tally.failed, 50);
        cr_expect_eq(rig->tally.causes[CAUSE_REFUSED], 50);
        cr_expect_eq(rig->info.connects.refused, 50);
        cr_expect_eq(rig->info.connects.unanswered, 0);
        cr_expect_eq(rig->info.connects.queue_room, COUNT_UNKNOWN);
        rig_free(rig);
    }
}

/* Who never got a connection cannot have applied; whose request left may have. */
Test(load_cold, nobody_accepts)
{
    for (size_t i = 0; i < 2; i++) {
        int port, listener = rig_listen(8, &port);
        struct rig *rig = rig_cold(port, transports[i], 50);
        rig->scenario.request.timeout = 500 * NS_PER_MS;
        stage_and_release(rig);
        settle(rig);
        cr_expect_eq(rig->tally.causes[CAUSE_TIMEOUT], 50);
        cr_expect_eq(rig->tally.unknown, 9, "%s: %lld", transports[i]->name,
                     (long long)rig->tally.unknown);
        cr_expect_eq(rig->tally.failed, 41);
        cr_expect_eq(rig->info.connects.unanswered, 41);
        rig_free(rig);
        close(listener);
    }
}

/* A phase after the other, users that come twice, and each its own connection. */
Test(load_cold, phases_follow_each_other)
{
    for (size_t i = 0; i < 2; i++) {
        struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
        struct rig *rig = rig_new(target->port);
        const struct spec_burst cold = {30, GATE_COLD, 5 * NS_PER_S, NULL};
        rig->waves = (struct spec_waves){.waves = 1, .size = 10};
        rig->phases[0] = (struct spec_phase){LOAD_BURST, .burst = cold};
        rig->phases[1] = (struct spec_phase){LOAD_WAVES, .waves = rig->waves};
        rig->phases[2] = (struct spec_phase){LOAD_BURST, .burst = cold};
        rig->phases[3] =
            (struct spec_phase){LOAD_BURST, .burst = {20, GATE_CONNECTED, NS_PER_S, NULL}};
        rig->scenario.load_count = 4;
        rig->scenario.users.repeat = 2;
        cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
        ((struct local *)rig->load)->transport = transports[i];
        cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
        cr_expect_eq(rig->tally.accepted + rig->tally.rejected, 90);
        cr_expect_eq(rig->history.v[1].user, 1, "the second of the first user's two");
        cr_expect_eq(rig->info.connects.made, 0, "the last phase opened its own before");
        cr_expect_geq(atomic_load(&target->accepted), 80);
        rig_free(rig);
        rig_target_end(target);
    }
}

Test(load_cold, too_few_descriptors)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_cold(target->port, NULL, 500);
    const struct rlimit few = {200, 200};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    cr_assert_neq(load_stage(rig->load, 0, &rig->info, &rig->err), 0);
    cr_expect_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_expect(strstr(rig->err.message, "too few file descriptors"), "%s", rig->err.message);
    rig_free(rig);
    rig_target_end(target);
}

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return done;
}

/* A network of our own, with eleven local ports. */
static bool have_few_ports(void)
{
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return false;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool done = !ioctl(fd, SIOCSIFFLAGS, &up);
    close(fd);
    return done && put("/proc/sys/net/ipv4/ip_local_port_range", "20000 20010");
}

/* What this machine lacks is no answer of the target's. */
Test(load_cold, too_few_ports)
{
    if (!have_few_ports())
        cr_skip_test("no network namespace may be had here");
    int port, listener = rig_listen(2048, &port);
    struct rig *rig = rig_cold(port, NULL, 50);
    cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
    cr_assert_neq(load_release(rig->load, 0, &rig->err), 0);
    cr_expect_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_expect(strstr(rig->err.message, "no free local port"), "%s", rig->err.message);
    cr_expect(strstr(rig->err.message, "ip_local_port_range"), "%s", rig->err.message);
    rig_free(rig);
    close(listener);
}

static void *stop_soon(void *context)
{
    struct rig *rig = context;
    usleep(50000);
    atomic_store(&rig->progress.stop, true);
    return NULL;
}

/* An interrupted rush ends soon, and convicts nobody. */
Test(load_cold, stopped)
{
    for (size_t i = 0; i < 2; i++) {
        int port, listener = rig_listen(8, &port);
        struct rig *rig = rig_cold(port, transports[i], 50);
        pthread_t stopper;
        stage_and_release(rig);
        pthread_create(&stopper, NULL, stop_soon, rig);
        settle(rig);
        pthread_join(stopper, NULL);
        cr_expect_eq(rig->tally.failed, 0);
        cr_expect_eq(rig->tally.unknown + rig->tally.skipped, 50);
        cr_expect_eq(rig->tally.causes[CAUSE_STOPPED], 50);
        rig_free(rig);
        close(listener);
    }
}

/* Only what the scenario requires is strict: else the machine's own connects are the measure. */
Test(load_cold, bounds)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_cold(target->port, NULL, 1500);
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    ns_t floor = rig->info.floor_spread, most = 3 * floor;
    cr_expect_eq(rig->info.require_spread, !floor                  ? 10 * NS_PER_MS
                                           : most < 10 * NS_PER_MS ? 10 * NS_PER_MS
                                                                   : most);
    rig_free(rig);
    struct spec_require require = {.spread = 3 * NS_PER_MS};
    rig = rig_cold(target->port, NULL, 50);
    rig->phases[0].burst.require = &require;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_expect_eq(rig->info.require_spread, 3 * NS_PER_MS);
    rig_free(rig);
    rig_target_end(target);
}
