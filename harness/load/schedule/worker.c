#include "load/schedule/worker.h"

#include <stdlib.h>
#include <string.h>

#include "load/net/capture.h"

/* How often requests are looked at for their timeout: within 2 % of it. */
#define TICK_MIN (2 * NS_PER_MS)
#define TICK_MAX (50 * NS_PER_MS)

static void on_done(void *context, CURL *easy, CURLcode code)
{
    (void)context;
    char *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    long os_error = 0, status = 0;
    if (code != CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
    else
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const struct outcome outcome = {code, (int)os_error, (int)status};
    transfer_end((struct transfer *)(void *)transfer, &outcome);
}

int worker_open(struct worker *worker, size_t transfers, size_t share, struct err *err)
{
    worker_close(worker);
    int rc = share ? reactor_new(transfers, share, on_done, worker, &worker->reactor, err)
                   : wire_new(worker->setup->message, transfers, &worker->wire, err);
    if (rc)
        return rc;
    worker->fds_by_port = share ? calloc(UINT16_MAX + 1U, sizeof *worker->fds_by_port) : NULL;
    if (share && !worker->fds_by_port)
        return err_set(err, ERR_MEMORY, "no memory for %zu transfers", transfers);
    worker->transfers = calloc(transfers + 1, sizeof *worker->transfers);
    worker->free_transfers = calloc(transfers + 1, sizeof *worker->free_transfers);
    if (!worker->transfers || !worker->free_transfers)
        return err_set(err, ERR_MEMORY, "no memory for %zu transfers", transfers);
    for (; !rc && worker->transfers_count < transfers; worker->transfers_count++)
        rc = transfer_init(&worker->transfers[worker->transfers_count], worker,
                           (uint32_t)worker->transfers_count, err);
    /* The lowest places on top: few transfers at work then share few multi handles. */
    for (size_t i = worker->transfers_count; !rc && i-- > 0;)
        worker->free_transfers[worker->free_count++] = &worker->transfers[i];
    return rc;
}

void worker_close(struct worker *worker)
{
    for (size_t i = 0; i < worker->transfers_count; i++)
        transfer_free(&worker->transfers[i]);
    if (worker->wire)
        worker->answers->unasked += wire_unasked(worker->wire);
    reactor_free(worker->reactor);
    wire_free(worker->wire);
    capture_free(worker->capture);
    free(worker->transfers);
    free(worker->free_transfers);
    free(worker->held);
    free(worker->fds_by_port);
    worker->fds_by_port = NULL;
    worker->transfers = NULL;
    worker->free_transfers = NULL;
    worker->held = NULL;
    worker->reactor = NULL;
    worker->wire = NULL;
    worker->capture = NULL;
    worker->transfers_count = worker->free_count = 0;
}

struct request *worker_record(struct worker *worker, size_t k)
{
    const struct slice *slice = &worker->slice;
    size_t index = slice->index + k * slice->stride;
    struct request *record = slice->first + k * slice->stride;
    if (worker->users)
        users_fill(worker->users, index, record);
    record->seq = worker->first_seq + (uint32_t)index;
    if (worker->schedule)
        record->planned = worker->origin + worker->schedule[index];
    return record;
}

bool worker_stopped(const struct worker *worker)
{
    return atomic_load_explicit(&worker->setup->progress->stop, memory_order_relaxed);
}

void worker_ended(struct worker *worker, struct transfer *transfer)
{
    const struct request *record = transfer->record;
    if (record->cls != CLASS_SKIPPED) {
        /* A request of a burst was counted as released when the gate opened. */
        worker->counts.released += !transfer->counted;
        worker->counts.last_done = record->done;
    }
    worker->counts.answered++;
    transfer->counted = false;
    transfer->record = NULL;
    transfer->state = TRANSFER_FREE;
    worker->free_transfers[worker->free_count++] = transfer;
}

static void raise_to(atomic_llong *instant, long long value)
{
    long long seen = atomic_load_explicit(instant, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               instant, &seen, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

void worker_publish(struct worker *worker)
{
    struct progress *progress = worker->setup->progress;
    struct worker_counts *counts = &worker->counts;
    if (counts->staged)
        atomic_fetch_add_explicit(&progress->staged, counts->staged, memory_order_relaxed);
    if (counts->released)
        atomic_fetch_add_explicit(&progress->released, counts->released, memory_order_relaxed);
    if (counts->answered)
        atomic_fetch_add_explicit(&progress->answered, counts->answered, memory_order_relaxed);
    if (counts->last_done)
        raise_to(&progress->last_done, counts->last_done);
    *counts = (struct worker_counts){0};
}

static void time_out(struct worker *worker, ns_t now)
{
    ns_t timeout = worker->setup->request->timeout;
    for (size_t i = 0; i < worker->transfers_count; i++) {
        struct transfer *transfer = &worker->transfers[i];
        if (transfer->record && now - transfer->began >= timeout)
            transfer_abort(transfer, CAUSE_TIMEOUT);
    }
}

static void abort_all(struct worker *worker)
{
    for (size_t i = 0; i < worker->transfers_count; i++)
        if (worker->transfers[i].record)
            transfer_abort(&worker->transfers[i], CAUSE_STOPPED);
}

void worker_turn(struct worker *worker, ns_t span)
{
    if (worker->wire) {
        wire_wait(worker->wire, span);
    } else {
        reactor_kick(worker->reactor);
        reactor_wait(worker->reactor, span);
    }
    worker_publish(worker);
}

static void skip(struct worker *worker, struct request *record, enum request_cause cause)
{
    record->cls = CLASS_SKIPPED;
    record->cause = (uint8_t)cause;
    record->ranked = false;
    record->worker = (uint16_t)worker->number;
    worker->counts.answered++;
}

/* Starts what is due while transfers are free. Returns when the next one is due; 0: nothing is
 * waiting for its time. */
static ns_t start_due(struct worker *worker, ns_t now)
{
    struct slice *slice = &worker->slice;
    while (slice->next < slice->count) {
        if (worker->until && now >= worker->until)
            slice->count = slice->next;
        ns_t planned = now;
        if (worker->schedule)
            planned = worker->origin + worker->schedule[slice->index + slice->next * slice->stride];
        if (planned > now)
            return planned;
        bool late = worker->schedule && now - planned > worker->setup->request->timeout;
        if ((!late && !worker->free_count) || slice->next >= slice->count)
            return 0;
        struct request *record = worker_record(worker, slice->next++);
        if (late) {
            skip(worker, record, CAUSE_LATE);
            continue;
        }
        record->planned = planned;
        struct transfer *transfer = worker->free_transfers[--worker->free_count];
        transfer->began = now;
        transfer_start(transfer, record);
    }
    return 0;
}

static void skip_rest(struct worker *worker)
{
    struct slice *slice = &worker->slice;
    if (worker->until) /* as many as the time allows: none was promised */
        slice->count = slice->next;
    while (slice->next < slice->count)
        skip(worker, worker_record(worker, slice->next++), CAUSE_STOPPED);
}

void worker_run(struct worker *worker)
{
    struct slice *slice = &worker->slice;
    ns_t tick = worker->setup->request->timeout / 50;
    tick = tick < TICK_MIN ? TICK_MIN : tick > TICK_MAX ? TICK_MAX : tick;
    ns_t next_tick = 0;
    for (;;) {
        ns_t now = clock_now();
        if (now >= next_tick) {
            time_out(worker, now);
            next_tick = now + tick;
            if (worker_stopped(worker)) {
                abort_all(worker);
                skip_rest(worker);
            }
        }
        ns_t due = start_due(worker, now);
        if (slice->next >= slice->count && worker->free_count == worker->transfers_count)
            break;
        ns_t wake = due && due < next_tick ? due : next_tick;
        worker_turn(worker, wake - now);
    }
    worker_publish(worker);
}
