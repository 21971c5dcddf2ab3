#include "load/gate/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "load/gate/gate_capture.h"
#include "load/net/capture.h"

enum {
    REQUEST_EXTRA = 4096, /* head lines, TLS records, HTTP/2 preface: more than a request needs */
    WRITES_MAX = 64,      /* of one request, by libcurl */
    UNDER_WAY = 32,       /* requests of a worker between start and hold: TLS handshakes, mostly */
};
#define TURN (2 * NS_PER_MS)

static int prepare(struct worker *worker, struct err *err)
{
    const struct message *message = worker->setup->message;
    worker->failed = (struct staging_failure){0};
    worker->catching = NULL;
    worker->held_count = 0;
    worker->first_caught = 0;
    if (worker->gate->limit)
        return 0; /* the kernel keeps the bytes */
    size_t each = REQUEST_EXTRA + message_room(message) + message_room(message) / 8;
    return capture_new(each * (worker->slice.count + 1), &worker->capture, err);
}

/* What was caught last has been written by now: it is held. */
static void keep_caught(struct worker *worker)
{
    struct transfer *transfer = worker->catching;
    if (!transfer)
        return;
    worker->catching = NULL;
    struct held *held = &worker->held[transfer->place];
    held->error = worker->gate->keep(transfer, held);
    if (!held->error && reactor_writes(worker->reactor, transfer->fd))
        held->error = EMSGSIZE; /* libcurl has more to write than it does at once */
    if (held->error) {
        worker->failed.count++;
        worker->failed.os_error = held->error;
        return;
    }
    transfer->state = TRANSFER_HELD;
    worker->held_count++;
    worker->counts.staged++;
}

/* A body over HTTP/2 is written in steps of its own: all of them have to be caught. */
static void finish_writing(void *context)
{
    struct worker *worker = context;
    const struct transfer *transfer = worker->catching;
    for (int step = 0; transfer && step < WRITES_MAX; step++) {
        if (!reactor_writes(worker->reactor, transfer->fd))
            break;
        reactor_write(worker->reactor, transfer->fd, transfer->place);
        transfer = worker->catching; /* it may have ended */
    }
    keep_caught(worker);
}

int hold_catch(struct transfer *transfer)
{
    struct worker *worker = transfer->worker;
    /* libcurl can take several transfers through their first step in one call. */
    keep_caught(worker);
    ns_t now = clock_now();
    if (worker->gate->catch_request(transfer))
        return -1;
    worker->held[transfer->place] =
        (struct held){.record = transfer->record, .fd = transfer->fd, .real = -1, .caught = now};
    if (!worker->first_caught)
        worker->first_caught = now;
    worker->catching = transfer;
    transfer->state = TRANSFER_CAUGHT;
    return 0;
}

/* Connections that were walled off get their descriptors back. */
static void give_back(struct worker *worker)
{
    for (size_t i = 0; i < worker->slice.count; i++) {
        struct held *held = &worker->held[i];
        if (!held->record || held->real < 0)
            continue;
        held->error = capture_give_back(held->fd, held->real);
        held->real = -1;
    }
}

void hold_let_go(struct transfer *transfer)
{
    if (message_http2(transfer->worker->setup->message))
        reactor_resume(transfer->worker->reactor, transfer->fd, transfer->place);
}

void hold_drop(struct worker *worker, int fd)
{
    struct transfer *transfer = worker->catching;
    if (!worker->gate || !worker->capture)
        return;
    if (transfer && transfer->fd == fd) {
        worker->catching = NULL;
        gate_capture_keep(transfer, &worker->held[transfer->place]);
    }
    for (size_t i = 0; i < worker->slice.count; i++) {
        struct held *held = &worker->held[i];
        if (held->record && held->fd == fd && held->real >= 0) {
            close(held->real);
            held->real = -1;
        }
    }
}

int hold_slice(struct worker *worker, struct err *err)
{
    int rc = prepare(worker, err);
    if (rc)
        return rc;
    reactor_after_step(worker->reactor, finish_writing);
    struct slice *slice = &worker->slice;
    ns_t limit = worker->gate->limit;
    while (!rc && worker->held_count < slice->count && !worker->failed.count) {
        ns_t now = clock_now();
        if (limit && worker->first_caught && now - worker->first_caught > limit)
            rc = err_set(err, ERR_TIMEOUT, "staging takes longer than the gate can hold");
        if (rc || now >= worker->deadline || worker_stopped(worker))
            break;
        while (slice->next < slice->count && slice->next - worker->held_count < UNDER_WAY) {
            struct transfer *transfer = &worker->transfers[slice->next];
            transfer->began = now;
            transfer_start(transfer, worker_record(worker, slice->next++));
        }
        worker_turn(worker, slice->next < slice->count ? 0 : TURN);
    }
    reactor_after_step(worker->reactor, NULL);
    give_back(worker);
    worker_publish(worker);
    return rc;
}
