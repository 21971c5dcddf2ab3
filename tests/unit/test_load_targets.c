/* links: load Threads::Threads */
/* Targets that misbehave: each ending has its own class and cause, with every gate and without, and
 * nothing outlives its timeout. */
#include <criterion/criterion.h>

#include "load_rig.h"

static void check_times(const struct rig *rig)
{
    for (size_t i = 0; i < rig->history.count; i++) {
        const struct request *r = &rig->history.v[i];
        cr_assert_eq(r->seq, i);
        cr_assert(r->released == 0 || r->planned <= r->released, "planned after released");
        cr_assert(r->done == 0 || r->released <= r->done, "released after done");
        cr_assert(!r->first_byte || (r->released <= r->first_byte && r->first_byte <= r->done));
        cr_assert(!r->done || r->done - r->released < rig->scenario.request.timeout + 2 * NS_PER_S,
                  "hung past its timeout");
    }
}

/* Runs a burst with each gate, and a closed phase, against a target of that manner; all of the
 * requests must have ended in this class and cause. */
static void expect_all(enum rig_manner manner, enum request_class cls, enum request_cause cause)
{
    static const enum gate gates[] = {GATE_CORKED, GATE_LAST_BYTE, GATE_CONNECTED, GATE_NONE};
    for (size_t i = 0; i <= sizeof gates / sizeof *gates; i++) {
        bool closed = i == sizeof gates / sizeof *gates;
        struct rig_target *target = rig_target_start(manner, 0);
        struct rig *rig = rig_new(target->port);
        if (cause == CAUSE_TIMEOUT)
            rig->scenario.request.timeout = 300 * NS_PER_MS;
        if (closed) {
            rig->closed = (struct spec_closed){.connections = 10, .requests = 50};
            rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
        } else {
            rig->phases[0].burst.gate = gates[i];
        }
        cr_assert_eq(rig_run(rig), 0, "gate %zu: %s", i, rig->err.message);
        cr_assert_eq(rig->tally.planned, 50);
        for (size_t k = 0; k < rig->history.count; k++) {
            const struct request *r = &rig->history.v[k];
            cr_assert_eq(r->cls, cls, "case %zu: class %s", i, request_class_name(r->cls));
            cr_assert_eq(r->cause, cause, "case %zu: cause %s", i, request_cause_name(r->cause));
        }
        check_times(rig);
        rig_free(rig);
        rig_target_end(target);
    }
}

Test(load_targets, resetting)
{
    expect_all(RIG_RESETS, CLASS_UNKNOWN, CAUSE_RESET);
}

Test(load_targets, closing)
{
    expect_all(RIG_CLOSES, CLASS_UNKNOWN, CAUSE_CLOSED);
}

Test(load_targets, truncating)
{
    expect_all(RIG_TRUNCATES, CLASS_UNKNOWN, CAUSE_CLOSED);
}

Test(load_targets, hanging)
{
    expect_all(RIG_HANGS, CLASS_UNKNOWN, CAUSE_TIMEOUT);
}

Test(load_targets, garbage)
{
    expect_all(RIG_GARBAGE, CLASS_UNKNOWN, CAUSE_GARBAGE);
}

Test(load_targets, broken_chunks)
{
    expect_all(RIG_BAD_CHUNKS, CLASS_UNKNOWN, CAUSE_GARBAGE);
}

Test(load_targets, dribbling)
{
    expect_all(RIG_DRIBBLES, CLASS_ACCEPTED, CAUSE_NONE);
}

Test(load_targets, server_errors)
{
    expect_all(RIG_ERRORS, CLASS_FAILED, CAUSE_SERVER_ERROR);
}

Test(load_targets, redirects_are_not_followed)
{
    expect_all(RIG_REDIRECTS, CLASS_FAILED, CAUSE_NO_DECISION);
}

/* It has shut its sending side: a held burst sees that before it fires, and does not. */
Test(load_targets, half_closed)
{
    struct rig_target *target = rig_target_start(RIG_HALF_CLOSED, 0);
    struct rig *rig = rig_new(target->port);
    cr_assert_neq(rig_run(rig), 0);
    cr_assert_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_assert(strstr(rig->err.message, "the target closed"), "%s", rig->err.message);
    cr_assert_eq(atomic_load(&target->complete), 0, "a partial burst was fired");
    rig_free(rig);

    rig = rig_new(target->port);
    rig->phases[0].burst.gate = GATE_NONE;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.unknown, 50);
    cr_assert_eq(rig->tally.causes[CAUSE_CLOSED], 50);
    check_times(rig);
    rig_free(rig);
    rig_target_end(target);
}

static int closed_port(void)
{
    int port;
    close(rig_listen(1, &port));
    return port;
}

Test(load_targets, refusing_ends_staging)
{
    struct rig *rig = rig_new(closed_port());
    cr_assert_neq(rig_run(rig), 0);
    cr_assert_eq(rig->err.code, ERR_ENVIRONMENT);
    cr_assert(strstr(rig->err.message, "refused"), "%s", rig->err.message);
    rig_free(rig);
}

Test(load_targets, refusing_without_a_gate)
{
    struct rig *rig = rig_new(closed_port());
    rig->phases[0].burst.gate = GATE_NONE;
    rig->closed = (struct spec_closed){.connections = 5, .requests = 20};
    rig->phases[1] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    rig->scenario.load_count = 2;
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.planned, 70);
    cr_assert_eq(rig->tally.failed, 70);
    cr_assert_eq(rig->tally.causes[CAUSE_REFUSED], 70);
    check_times(rig);
    rig_free(rig);
}

/* An idle connection that the target closes must not make libcurl send a request twice. */
Test(load_targets, never_sent_twice)
{
    struct rig_target *target = rig_target_start(RIG_CLOSES_IDLE, 0);
    struct rig *rig = rig_new(target->port);
    rig->closed = (struct spec_closed){.connections = 4, .requests = 400};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_assert_eq(rig->tally.sent, 400);
    cr_assert_eq(rig->tally.accepted + rig->tally.unknown, 400);
    cr_assert_leq(atomic_load(&target->complete), 400, "a request arrived twice");
    cr_assert_geq(atomic_load(&target->complete), (int)rig->tally.accepted);
    rig_free(rig);
    rig_target_end(target);
}

enum { LARGE = 8 << 20 };

static bool read_large(int fd)
{
    char *bytes = malloc(LARGE + 4096);
    size_t used = 0, whole = LARGE + 1;
    while (used < whole) {
        ssize_t got = recv(fd, bytes + used, LARGE + 4095 - used, 0);
        if (got <= 0)
            break;
        used += (size_t)got;
        bytes[used] = '\0';
        const char *end = strstr(bytes, "\r\n\r\n");
        whole = end ? (size_t)(end - bytes) + 4 + LARGE : whole;
        usleep(100);
    }
    bool right = used == whole;
    for (size_t i = 0; right && i < LARGE; i++)
        right = bytes[whole - LARGE + i] == (char)('a' + i % 23);
    free(bytes);
    return right;
}

static void *read_slowly(void *context)
{
    const int *listener = context;
    for (int fd; (fd = accept(*listener, NULL, NULL)) >= 0; close(fd))
        while (read_large(fd))
            rig_say(fd, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    return NULL;
}

/* A request that the socket takes in many parts, on a new connection and on one that is open. */
Test(load_targets, large_requests_to_a_slow_reader)
{
    int port, listener = rig_listen(16, &port);
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &(int){65536}, sizeof(int));
    pthread_t thread;
    pthread_create(&thread, NULL, read_slowly, &listener);
    struct rig *rig = rig_new(port);
    char *body = calloc(1, LARGE + 1);
    for (size_t i = 0; i < LARGE; i++)
        body[i] = (char)('a' + i % 23);
    rig->scenario.request.body = body;
    rig->scenario.request.timeout = 30 * NS_PER_S;
    rig->scenario.workers = 1;
    rig->closed = (struct spec_closed){.connections = 1, .requests = 3};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_run(rig), 0, "%s", rig->err.message);
    cr_expect_eq(rig->tally.accepted, 3);
    rig_free(rig);
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
    free(body);
}

/* The stop flag: what is out is unknown, the rest is skipped, and it comes back soon. */
Test(load_targets, stopped)
{
    struct rig_target *target = rig_target_start(RIG_HANGS, 0);
    struct rig *rig = rig_new(target->port);
    rig->scenario.request.timeout = 60 * NS_PER_S;
    rig->closed = (struct spec_closed){.connections = 10, .requests = 100};
    rig->phases[0] = (struct spec_phase){LOAD_CLOSED, .closed = rig->closed};
    cr_assert_eq(rig_open(rig, NULL), 0);
    cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0);
    cr_assert_eq(load_release(rig->load, 0, &rig->err), 0);
    while (atomic_load(&target->complete) < 10)
        usleep(1000);
    atomic_store(&rig->progress.stop, true);
    ns_t before = clock_now();
    cr_assert_eq(load_settle(rig->load, &rig->err), 0);
    cr_assert_lt(clock_now() - before, 2 * NS_PER_S);
    cr_assert_eq(tally_make(&rig->history, TALLY_ALL_PHASES, &rig->tally, &rig->err), 0);
    cr_assert_eq(rig->tally.planned, 100);
    cr_assert_eq(rig->tally.unknown, 10);
    cr_assert_eq(rig->tally.skipped, 90);
    cr_assert_eq(rig->tally.causes[CAUSE_STOPPED], 100);
    rig_free(rig);
    rig_target_end(target);
}
