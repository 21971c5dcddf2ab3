#include "load/gate/staging.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { UNDER_WAY = 32 /* requests of a worker between start and hold: TLS handshakes, mostly */ };
#define TURN (2 * NS_PER_MS)

static void fail(void *context, const struct outcome *outcome)
{
    const struct worker *worker = context;
    worker->staging->failed.count++;
    worker->staging->failed.answered += outcome->cause == CAUSE_NONE;
    worker->staging->failed.last = *outcome;
}

static void note_error(struct worker *worker, int error)
{
    const struct outcome outcome = {.cause = CAUSE_OTHER, .reason = strerrordesc_np(error)};
    fail(worker, &outcome);
}

static void keep(struct staging *staging, struct held *held, const struct encoded *encoded)
{
    held->caught = clock_now();
    if (!staging->first_caught)
        staging->first_caught = held->caught;
    held->error = staging->gate->keep(held, encoded);
}

static void take(void *context, const struct connection *connection, const struct encoded *encoded)
{
    struct worker *worker = context;
    struct staging *staging = worker->staging;
    const struct slice *slice = &worker->slice;
    struct held *held = &staging->held[connection->place];
    *held = (struct held){
        .records = slice->first + connection->first * slice->stride,
        .count = connection->count,
        .stride = (uint32_t)slice->stride,
        .rest = encoded->bytes,
        .length = (uint32_t)encoded->length,
        .fd = connection->fd,
        .error = encoded->error,
    };
    if (!held->error && !staging->gate->limit)
        keep(staging, held, encoded);
    if (held->error) {
        note_error(worker, held->error);
        return;
    }
    staging->held_count++;
    staging->requests += held->count;
    worker->counts.staged += held->count;
}

int staging_init(struct staging *staging, struct worker *worker, const struct gate_ops *gate,
                 ns_t deadline, struct err *err)
{
    *staging = (struct staging){.gate = gate,
                                .deadline = deadline,
                                .holder = {take, fail, worker, gate->splits},
                                .held = calloc(worker->exchanges + 1, sizeof *staging->held)};
    worker->staging = staging;
    worker->carrier.holder = gate->connects ? NULL : &staging->holder;
    worker->carrier.crowd = gate->connects ? &staging->crowd : NULL;
    worker->look = NULL;
    return staging->held ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

void staging_free(struct staging *staging)
{
    crowd_free(&staging->crowd);
    free(staging->held);
    staging->held = NULL;
}

/* A socket for each connection, which the release connects. */
static int make_sockets(struct worker *worker, struct err *err)
{
    struct transport *transport = worker->transport;
    size_t count = transport->connections_count;
    _cleanup_free_ int *fds = calloc(count + 1, sizeof *fds);
    if (!fds)
        return err_set(err, ERR_MEMORY, "out of memory");
    worker->dials = (struct dial_tally){0};
    worker_lead(worker);
    for (size_t i = 0; i < count; i++) {
        fds[i] =
            dial_socket(connection_target(transport, &transport->connections[i]), &worker->dials);
        if (fds[i] < 0)
            return 0; /* the tally says why */
        transport->connections[i].fd = fds[i];
        transport->connections[i].dialed = true;
        worker->dials.opened++;
    }
    return crowd_init(&worker->staging->crowd, fds, count, err);
}

static int hold_sockets(struct worker *worker, struct err *err)
{
    struct slice *slice = &worker->slice;
    int rc = make_sockets(worker, err);
    if (rc || worker->dials.opened < (int64_t)worker->transport->connections_count)
        return rc;
    while (slice->next < slice->count)
        worker_record(worker, slice->next++);
    for (size_t i = 0; i < worker->transport->connections_count; i++) {
        const struct connection *connection = &worker->transport->connections[i];
        const struct target *target = connection_target(worker->transport, connection);
        const struct encoded address = {.bytes = (const char *)&target->address,
                                        .length = target->address_length,
                                        .fd = connection->fd};
        take(worker, connection, &address);
    }
    return 0;
}

int staging_connect(struct worker *worker, struct err *err)
{
    int rc = worker_open(worker, err);
    if (!rc && worker->staging->gate->connects)
        return hold_sockets(worker, err);
    return rc ? rc : worker_dial(worker, SIZE_MAX, worker->staging->deadline, err);
}

/* As many as may be between start and hold at once. */
static void start_some(struct worker *worker, ns_t now)
{
    struct slice *slice = &worker->slice;
    size_t under_way = UNDER_WAY * worker->transport->streams; /* they are held by connections */
    while (slice->next < slice->count && slice->next - worker->staging->requests < under_way) {
        struct exchange *exchange = &worker->transport->exchanges[slice->next];
        worker_start(worker, exchange, worker_record(worker, slice->next++), now);
    }
}

int staging_hold(struct worker *worker, struct err *err)
{
    (void)err;
    const struct slice *slice = &worker->slice;
    const struct staging *staging = worker->staging;
    while (staging->requests < slice->count && !staging->failed.count) {
        ns_t now = clock_now();
        if (now >= staging->deadline || worker_stopped(worker))
            break;
        start_some(worker, now);
        worker_turn(worker, slice->next < slice->count ? 0 : TURN);
    }
    if (worker->ops->staged)
        worker->ops->staged(worker->transport);
    worker_publish(worker);
    return 0;
}

int staging_keep(struct worker *worker, struct err *err)
{
    struct staging *staging = worker->staging;
    if (staging->failed.count) /* a descriptor of what has ended may be another's by now */
        return 0;
    for (size_t i = 0; i < staging->held_count; i++) {
        struct held *held = &staging->held[i];
        const struct encoded encoded = {
            .bytes = held->rest, .length = held->length, .fd = held->fd};
        keep(staging, held, &encoded);
        if (held->error)
            note_error(worker, held->error);
    }
    return !staging->first_caught || clock_now() - staging->first_caught <= staging->gate->limit
               ? 0
               : err_set(err, ERR_TIMEOUT, "staging takes longer than the gate can hold");
}

static void go_on(struct worker *worker, struct connection *connection, const struct held *held)
{
    if (worker->ops->go_on)
        worker->ops->go_on(worker->transport, connection);
    for (uint32_t i = 0; i < connection->count; i++) {
        struct exchange *exchange = &worker->transport->exchanges[connection->first + i];
        exchange->state = EXCHANGE_SENT;
        exchange->began = exchange->record->released;
        exchange->counted = true;
        if (!held->error)
            continue;
        worker->ops->drop(worker->transport, exchange);
        exchange_lose(exchange, held->error);
    }
}

/* The connect has failed: nothing of the requests can have left. */
static void turn_away(struct worker *worker, struct connection *connection, int error)
{
    const struct outcome outcome = {.cause = error == ECONNREFUSED ? CAUSE_REFUSED
                                             : error == ETIMEDOUT  ? CAUSE_TIMEOUT
                                                                   : CAUSE_CONNECT,
                                    .reason = strerrordesc_np(error)};
    for (uint32_t i = 0; i < connection->count; i++) {
        struct exchange *exchange = &worker->transport->exchanges[connection->first + i];
        if (exchange->record)
            exchange_end(exchange, &outcome);
    }
}

/* Connections that stand now, or never will. */
static void look(struct worker *worker)
{
    size_t place;
    int error;
    while (crowd_next(&worker->staging->crowd, &place, &error)) {
        struct connection *connection = &worker->transport->connections[place];
        if (error)
            turn_away(worker, connection, error);
        for (uint32_t i = 0; !error && i < connection->count; i++) {
            struct exchange *exchange = &worker->transport->exchanges[connection->first + i];
            if (exchange->record) /* else its time is over */
                worker_start(worker, exchange, exchange->record, exchange->began);
        }
    }
}

/* Its connect is on the way: the requests' time runs from there. */
static void await(struct worker *worker, struct connection *connection, const struct held *held)
{
    for (uint32_t i = 0; i < connection->count; i++) {
        struct exchange *exchange = &worker->transport->exchanges[connection->first + i];
        exchange->record = held->records + (size_t)i * held->stride;
        exchange->state = EXCHANGE_STARTED;
        exchange->began = exchange->record->released;
        exchange->counted = true;
    }
    if (held->error)
        turn_away(worker, connection, held->error);
    else
        crowd_watch(&worker->staging->crowd, connection->place);
}

int staging_go_on(struct worker *worker, struct err *err)
{
    (void)err;
    bool connects = worker->staging->gate->connects;
    worker->carrier.holder = NULL;
    worker->free_count = 0; /* all are at work */
    if (connects) {
        crowd_wake(&worker->staging->crowd, worker->transport->epoll);
        worker->look = look;
    }
    for (size_t i = 0; i < worker->staging->held_count; i++)
        (connects ? await : go_on)(worker, &worker->transport->connections[i],
                                   &worker->staging->held[i]);
    worker_run(worker);
    if (connects)
        crowd_finish(&worker->staging->crowd);
    worker->look = NULL;
    return 0;
}
