/* links: load Threads::Threads */
/* Staging: nothing is complete at the target before the release, all or nothing, and errors that
 * name the limit that was hit. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "load/gate/rendezvous.h"
#include "load_rig.h"

static void settle_down(struct rig_target *target)
{
    int before;
    do {
        before = atomic_load(&target->bytes);
        usleep(20000);
    } while (atomic_load(&target->bytes) != before);
}

/* With every gate that holds, the target has seen no whole request until the release, and all of
 * them after it. */
Test(load_rendezvous, nothing_passes_a_closed_gate)
{
    static const struct {
        enum gate gate;
        bool ahead; /* something is sent before the release */
    } rows[] = {{GATE_CORKED, false}, {GATE_LAST_BYTE, true}, {GATE_CONNECTED, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
        struct rig *rig = rig_new(target->port);
        rig->phases[0].burst = (struct spec_burst){200, rows[i].gate, 5 * NS_PER_S, NULL};
        cr_assert_eq(rig_open(rig, NULL), 0);
        cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
        cr_assert_str_eq(rig->info.kind, "burst");
        cr_assert_eq(atomic_load(&rig->progress.staged), 200);
        settle_down(target);
        cr_assert_eq(atomic_load(&target->complete), 0, "row %zu: sent before the release", i);
        cr_assert_eq(atomic_load(&target->bytes) > 0, rows[i].ahead, "row %zu", i);
        cr_assert_eq(atomic_load(&target->accepted), 200);
        ns_t before = clock_now();
        cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
        cr_assert_eq(load_settle(rig->load, &rig->err), 0);
        cr_assert_eq(atomic_load(&target->complete), 200);
        cr_assert_eq(tally_make(&rig->history, 0, &rig->tally, &rig->err), 0);
        cr_assert_eq(rig->tally.accepted, 134);
        cr_assert_eq(rig->tally.rejected, 66);
        cr_assert_geq(rig->tally.first_released, before);
        for (size_t k = 0; k < 200; k++) {
            bool yes = rig->history.v[k].user % 3 != 0;
            cr_assert_eq(rig->history.v[k].ranked, yes);
            cr_assert_eq(rig->history.v[k].rank, yes ? 7 : 0);
        }
        rig_free(rig);
        rig_target_end(target);
    }
}

/* A burst that waits at its gate for longer than a cork holds is not fired half by the kernel. */
Test(load_rendezvous, late_release_of_a_cork)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->phases[0].burst.gate = GATE_CORKED;
    cr_assert_eq(rig_open(rig, NULL), 0);
    cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0);
    usleep(175000); /* too late for the cork, too early for the kernel */
    bool early = atomic_load(&target->complete) == 0;
    int rc = load_release(rig->load, 0, &rig->err);
    /* On a busy machine the kernel may have come first, or may have: then it must be said. */
    int expected = 50;
    if (rc) {
        cr_assert_eq(rc, -ERR_INVALID, "%s", rig->err.message);
        expected = atomic_load(&target->complete);
    } else {
        cr_assert_eq(load_settle(rig->load, &rig->err), 0);
        cr_assert_eq(tally_make(&rig->history, 0, &rig->tally, &rig->err), 0);
        cr_assert_eq(rig->tally.sent, 50);
        if (early && rig->info.late_stamps == 0)
            cr_assert_str_eq(rig->info.gate, "last-byte", "%s", rig->info.gate_reason);
    }
    cr_assert_eq(atomic_load(&target->complete), expected);
    rig_free(rig);

    rig = rig_new(target->port);
    rig->phases[0].burst.gate = GATE_CORKED;
    cr_assert_eq(rig_open(rig, NULL), 0);
    cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0);
    usleep(600000); /* the kernel has sent all of them */
    cr_assert_eq(atomic_load(&target->complete), expected + 50);
    cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
    cr_assert_eq(load_settle(rig->load, &rig->err), 0);
    cr_assert_eq(rig->info.late_stamps, 50);
    rig_free(rig);
    rig_target_end(target);
}

/* What a cork may have let go is not asked for again: a user told no the second time would look
 * wronged. */
Test(load_rendezvous, what_may_have_left_is_not_taken_back)
{
    struct progress progress = {0};
    const struct setup setup = {.progress = &progress};
    struct err err = {0};
    struct pool *pool = NULL;
    cr_assert_eq(pool_new(&setup, 1, 1, &pool, &err), 0, "%s", err.message);
    struct rendezvous rendezvous = {.pool = pool, .setup = &setup, .gate = &gate_corked};
    cr_assert_eq(rendezvous_take_back(&rendezvous, 0, &err), 0, "nothing was held");
    ns_t now = clock_now();
    if (rendezvous_take_back(&rendezvous, now, &err))
        cr_assert_geq(clock_now() - now, gate_corked.escapes, "%s", err.message);
    cr_assert_eq(rendezvous_take_back(&rendezvous, clock_now() - gate_corked.escapes, &err),
                 -ERR_INVALID);
    cr_assert(strstr(err.message, "gate: last-byte"), "%s", err.message);
    pool_free(pool);
}

Test(load_rendezvous, target_with_a_connection_limit)
{
    static const enum gate gates[] = {GATE_CORKED, GATE_LAST_BYTE, GATE_CONNECTED};
    for (size_t i = 0; i < 3; i++) {
        struct rig_target *target = rig_target_start(RIG_ANSWERS, 30);
        struct rig *rig = rig_new(target->port);
        rig->phases[0].burst.gate = gates[i];
        cr_assert_eq(rig_open(rig, NULL), 0);
        int rc = load_stage(rig->load, 0, &rig->info, &rig->err);
        if (!rc) {
            settle_down(target);
            rc = load_release(rig->load, 0, &rig->err);
        }
        cr_assert_neq(rc, 0, "gate %zu", i);
        cr_assert_eq(rig->err.code, ERR_ENVIRONMENT);
        cr_assert(strstr(rig->err.message, "the target closed"), "%s", rig->err.message);
        cr_assert_eq(atomic_load(&target->complete), 0, "a partial burst was fired");
        rig_free(rig);
        rig_target_end(target);
    }
}

/* Nobody accepts, and the backlog is short: connects are not answered. */
Test(load_rendezvous, full_backlog)
{
    int port;
    int listener = rig_listen(3, &port);
    struct rig *rig = rig_new(port);
    rig->phases[0].burst.deadline = 700 * NS_PER_MS;
    ns_t before = clock_now();
    cr_assert_neq(rig_run(rig), 0);
    cr_assert_lt(clock_now() - before, 5 * NS_PER_S);
    cr_assert_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_assert(strstr(rig->err.message, "backlog"), "%s", rig->err.message);
    rig_free(rig);
    close(listener);
}

Test(load_rendezvous, too_few_descriptors)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->phases[0].burst.requests = 500;
    cr_assert_eq(rig_open(rig, NULL), 0); /* has raised the limit */
    const struct rlimit few = {200, 200};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    cr_assert_neq(load_stage(rig->load, 0, &rig->info, &rig->err), 0);
    cr_assert_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_assert(strstr(rig->err.message, "too few file descriptors"), "%s", rig->err.message);
    cr_assert(strstr(rig->err.message, "500 connections"), "%s", rig->err.message);
    rig_free(rig);
    rig_target_end(target);
}

/* The soft limit is raised before anything is refused. */
Test(load_rendezvous, soft_limit_is_raised)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 100;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rig_target *target = rig_target_start(RIG_HANGS, 0);
    struct rig *rig = rig_new(target->port);
    cr_assert_eq(rig_open(rig, NULL), 0);
    getrlimit(RLIMIT_NOFILE, &limit);
    cr_assert_gt(limit.rlim_cur, 100);
    rig_free(rig);
    rig_target_end(target);
}

Test(load_rendezvous, tls_failure_is_named)
{
    struct rig_target *target = rig_target_start(RIG_GARBAGE, 0);
    struct rig *rig = rig_new(target->port);
    snprintf(rig->url, sizeof rig->url, "https://127.0.0.1:%d/", target->port);
    rig->phases[0].burst.deadline = NS_PER_S;
    cr_assert_neq(rig_run(rig), 0);
    cr_assert_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_assert(strstr(rig->err.message, "TLS"), "%s", rig->err.message);
    rig_free(rig);
    rig_target_end(target);
}

Test(load_rendezvous, freeze_needs_a_process_of_ours)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->phases[0].burst.gate = GATE_FREEZE;
    cr_assert_neq(rig_run(rig), 0);
    cr_assert_eq(rig->err.code, ERR_USAGE);
    rig_free(rig);
    rig_target_end(target);
}

static int stop_child(void *context, struct err *err)
{
    (void)err;
    pid_t pid = *(pid_t *)context;
    int status;
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    return 0;
}

static int continue_child(void *context, struct err *err)
{
    (void)err;
    kill(*(pid_t *)context, SIGCONT);
    return 0;
}

/* Every request leaves at one instant as far as the target can tell: all have the same stamp. */
Test(load_rendezvous, freeze)
{
    int port;
    int listener = rig_listen(1024, &port);
    pid_t child = fork();
    if (child == 0) {
        struct rig_target *target = calloc(1, sizeof *target);
        target->listener = listener;
        target->epoll = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
        epoll_ctl(target->epoll, EPOLL_CTL_ADD, listener, &event);
        rig_serve(target);
        _exit(0);
    }
    struct rig *rig = rig_new(port);
    rig->phases[0].burst.gate = GATE_FREEZE;
    const struct load_freezer freezer = {stop_child, continue_child, &child, NULL};
    cr_assert_eq(rig_open(rig, &freezer), 0);
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.accepted + rig->tally.rejected, 50);
    cr_assert_eq(rig->tally.spread, 0);
    cr_assert_eq(rig->tally.before_first_answer, 50);
    rig_free(rig);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(listener);
}

/* Without a gate the connections are opened in the burst, and a slow ramp is seen as one. */
Test(load_rendezvous, slow_ramp_is_wide)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    rig->waves = (struct spec_waves){.waves = 50, .size = 1, .every = 2 * NS_PER_MS};
    rig->phases[0] = (struct spec_phase){LOAD_WAVES, .waves = rig->waves};
    cr_assert_eq(rig_run(rig), 0);
    cr_assert_gt(rig->tally.spread, 50 * NS_PER_MS);
    rig_free(rig);
    rig_target_end(target);
}

/* Three times what this machine manages, but 10 ms in any case and never more than 100 ms. */
static ns_t allowed(ns_t floor)
{
    ns_t spread = 3 * floor;
    return spread < 10 * NS_PER_MS    ? 10 * NS_PER_MS
           : spread > 100 * NS_PER_MS ? 100 * NS_PER_MS
                                      : spread;
}

Test(load_rendezvous, bounds_are_resolved)
{
    struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
    struct rig *rig = rig_new(target->port);
    cr_assert_eq(rig_run(rig), 0);
    /* 0 where the machine was too busy to measure it: the bound is 10 ms then. */
    cr_assert_geq(rig->info.floor_spread, 0);
    cr_assert_eq(rig->info.require_spread, allowed(rig->info.floor_spread));
    cr_assert_eq(rig->info.require_in_flight, 45);
    cr_assert_str_eq(rig->info.gate, "last-byte");
    cr_assert_gt(rig->info.staged_in, 0);
    rig_free(rig);
    rig = rig_new(target->port);
    rig->phases[0].burst.requests = 1500;
    rig->scenario.request.timeout = 5 * NS_PER_S;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->info.require_spread, allowed(rig->info.floor_spread));
    rig_free(rig);
    struct spec_require require = {.spread = 3 * NS_PER_MS, .in_flight = -1};
    rig = rig_new(target->port);
    rig->phases[0].burst.require = &require;
    cr_assert_eq(rig_run(rig), 0);
    cr_assert_eq(rig->info.require_spread, 3 * NS_PER_MS);
    cr_assert_eq(rig->info.require_in_flight, 0);
    rig_free(rig);
    rig_target_end(target);
}
