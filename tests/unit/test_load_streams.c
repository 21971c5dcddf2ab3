/* links: load Threads::Threads */
/* A connection that carries several requests: a transport that writes HTTP/1.1 requests one behind
 * the other, held by every gate as one. It is nothing but a struct transport_ops: no other file
 * knows of it. */
#include <criterion/criterion.h>
#include <poll.h>

#include "load/http/http1.h"
#include "load/http/http1_request.h"
#include "load/phases/phase.h"
#include "load_rig.h"

enum { STREAMS = 4, LINES = 16, ROOM = 1 << 16 };

struct pipeline {
    struct transport base;
    struct http1_request request;
    char out[ROOM];
    size_t used;
    struct {
        struct http1 http1;
        size_t begin;               /* of its requests in out */
        uint32_t started, answered; /* of them */
        char in[4096];
        size_t have;
    } lines[LINES];
};

static struct pipeline *own(struct transport *base)
{
    return (struct pipeline *)base;
}

static unsigned streams(const struct message *message, bool held)
{
    (void)message;
    (void)held;
    return STREAMS;
}

static size_t files(const struct message *message, size_t connections, bool held)
{
    (void)message;
    (void)held;
    return connections;
}

static int open_pipeline(struct transport *base, struct err *err)
{
    return http1_request_init(&own(base)->request, base->carrier->setup->message, 0, err);
}

static void close_pipeline(struct transport *base)
{
    for (size_t i = 0; i < base->connections_count; i++)
        if (!base->connections[i].dialed && base->connections[i].fd >= 0)
            connection_close(base->carrier, base->connections[i].fd);
    http1_request_free(&own(base)->request);
}

static void start(struct transport *base, struct exchange *exchange,
                  const struct template_values *values)
{
    struct pipeline *pipeline = own(base);
    struct connection *connection = exchange->connection;
    size_t head;
    if (!pipeline->lines[connection->place].started++)
        pipeline->lines[connection->place].begin = pipeline->used;
    pipeline->used +=
        http1_request_write(&pipeline->request, values, pipeline->out + pipeline->used, &head);
    exchange->state = EXCHANGE_HELD;
    if (pipeline->lines[connection->place].started < connection->count)
        return;
    connection->dialed = false;
    size_t begin = pipeline->lines[connection->place].begin;
    const struct encoded encoded = {
        .bytes = pipeline->out + begin, .length = pipeline->used - begin, .fd = connection->fd};
    base->carrier->holder->take(base->carrier->holder->context, connection, &encoded);
}

static void drop(struct transport *base, struct exchange *exchange)
{
    (void)base;
    (void)exchange;
    cr_assert_fail("nothing is dropped here");
}

static void read_answers(struct pipeline *pipeline, struct connection *connection)
{
    static const struct outcome done = {.cause = CAUSE_NONE};
    char *in = pipeline->lines[connection->place].in;
    size_t *have = &pipeline->lines[connection->place].have;
    struct http1 *http1 = &pipeline->lines[connection->place].http1;
    uint32_t *answered = &pipeline->lines[connection->place].answered;
    ssize_t got = recv(connection->fd, in + *have, 4096 - *have, MSG_DONTWAIT);
    *have += got > 0 ? (size_t)got : 0;
    while (*have && *answered < connection->count) {
        struct exchange *exchange = &pipeline->base.exchanges[connection->first + *answered];
        const struct http1_events events = {exchange_take_header, exchange_take_body, exchange};
        size_t taken = http1_take(http1, in, *have, &events);
        *have -= taken;
        memmove(in, in + taken, *have);
        if (http1->state != HTTP1_DONE)
            return;
        struct outcome outcome = done;
        outcome.status = http1->status;
        http1_start(http1);
        ++*answered;
        exchange_end(exchange, &outcome);
    }
}

static void turn(struct transport *base, ns_t span)
{
    struct pollfd polls[LINES];
    for (size_t i = 0; i < base->connections_count; i++)
        polls[i] = (struct pollfd){.fd = base->connections[i].fd, .events = POLLIN};
    poll(polls, base->connections_count, (int)(span / NS_PER_MS));
    for (size_t i = 0; i < base->connections_count; i++)
        if (polls[i].revents)
            read_answers(own(base), &base->connections[i]);
}

static const struct transport_ops pipelining = {
    .name = "pipelining",
    .size = sizeof(struct pipeline),
    .uses = TRANSPORT_HELD,
    .streams = streams,
    .carries = http1_request_fits,
    .files = files,
    .open = open_pipeline,
    .close = close_pipeline,
    .start = start,
    .drop = drop,
    .turn = turn,
};

/* 22 requests of two workers: 4 + 4 + 3 each. */
Test(load_streams, a_connection_is_held_and_released_as_one)
{
    static const enum gate gates[] = {GATE_CORKED, GATE_LAST_BYTE, GATE_CONNECTED};
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        struct rig_target *target = rig_target_start(RIG_ANSWERS, 0);
        struct rig *rig = rig_new(target->port);
        rig->phases[0].burst.gate = gates[i];
        rig->phases[0].burst.requests = 22;
        cr_assert_eq(rig_open(rig, NULL), 0, "%s", rig->err.message);
        ((struct local *)rig->load)->transport = &pipelining;
        cr_assert_eq(load_stage(rig->load, 0, &rig->info, &rig->err), 0, "%s", rig->err.message);
        cr_assert_eq(atomic_load(&rig->progress.staged), 22);
        cr_assert_eq(atomic_load(&target->complete), 0, "something has left");
        cr_assert_eq(load_release(rig->load, 0, &rig->err), 0, "%s", rig->err.message);
        cr_assert_eq(load_settle(rig->load, &rig->err), 0, "%s", rig->err.message);
        cr_expect_eq(atomic_load(&target->accepted), 6, "connections");
        cr_expect_eq(atomic_load(&target->complete), 22);
        for (size_t n = 0; n < rig->history.count; n++) {
            const struct request *r = &rig->history.v[n];
            cr_expect_eq(r->cls, r->user % 3 ? CLASS_ACCEPTED : CLASS_REJECTED, "user %lld: %s",
                         (long long)r->user, request_class_name(r->cls));
            /* Worker n % 2 has every second record, and four of them are one connection's. */
            size_t place = n / 2 % STREAMS;
            cr_expect(place == 0 || r->released == rig->history.v[n - 2].released, "record %zu", n);
        }
        rig_free(rig);
        rig_target_end(target);
    }
}
