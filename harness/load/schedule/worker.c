#include "load/schedule/worker.h"

#include <stdlib.h>

/* How often requests are looked at for their timeout: within 2 % of it. */
#define TICK_MIN (2 * NS_PER_MS)
#define TICK_MAX (50 * NS_PER_MS)

/* The exchange has come to its end, and is free again. */
static void ended(void *context, struct exchange *exchange)
{
    struct worker *worker = context;
    const struct request *record = exchange->record;
    if (record->cls != CLASS_SKIPPED) {
        /* A request of a burst was counted as released when the gate opened. */
        worker->counts.released += !exchange->counted;
        worker->counts.last_done = record->done;
    }
    worker->counts.answered++;
    exchange->counted = false;
    exchange->record = NULL;
    exchange->state = EXCHANGE_FREE;
    worker->free_exchanges[worker->free_count++] = exchange;
}

int worker_init(struct worker *worker, const struct setup *setup, unsigned number, uint64_t seed,
                struct err *err)
{
    struct answers *answers = worker->answers = calloc(1, sizeof *answers);
    worker->carrier = (struct carrier){
        .setup = setup, .number = number, .answers = answers, .ended = ended, .context = worker};
    rng_seed(&worker->carrier.rng, seed);
    return answers ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

void worker_free(struct worker *worker)
{
    worker_close(worker);
    free(worker->answers);
}

int worker_open(struct worker *worker, struct err *err)
{
    worker_close(worker);
    size_t count = worker->exchanges;
    int rc = transport_open(worker->ops, &worker->carrier, count, &worker->transport, err);
    if (rc)
        return rc;
    worker->free_exchanges = calloc(count + 1, sizeof *worker->free_exchanges);
    if (!worker->free_exchanges)
        return err_set(err, ERR_MEMORY, "no memory for %zu exchanges", count);
    /* The lowest places on top: few exchanges at work then share few multi handles. */
    for (size_t i = count; i-- > 0;)
        worker->free_exchanges[worker->free_count++] = &worker->transport->exchanges[i];
    return 0;
}

void worker_close(struct worker *worker)
{
    transport_close(worker->transport);
    free(worker->free_exchanges);
    worker->transport = NULL;
    worker->free_exchanges = NULL;
    worker->free_count = 0;
}

/* Copies of one user's request reach different instances, the first ones of all users too. */
static uint8_t choose_instance(const struct setup *setup, const struct request *record)
{
    unsigned count = setup->message->instances_count;
    size_t turn = roster_place(setup->roster, record->user) + record->attempt - 1U;
    return (uint8_t)(count > 1 ? turn % count + 1 : 0);
}

static void fill_order(const struct setup *setup, const struct request *record)
{
    const struct history *history = setup->history;
    struct order *order = setup_order(setup, record);
    int32_t to;
    demand_fill(setup->demand, roster_place(setup->roster, record->user), order, &to);
    if (history->lines > 1)
        demand_fill_more(setup->demand, roster_place(setup->roster, record->user), order,
                         setup_more(setup, record));
    if (setup->reuse == REUSE_PAYLOAD)
        demand_alter(setup->demand, order);
    if (history->to)
        history->to[record - history->v] = to;
}

struct request *worker_record(struct worker *worker, size_t k)
{
    const struct slice *slice = &worker->slice;
    size_t index = slice->index + k * slice->stride;
    struct request *record = slice->first + k * slice->stride;
    if (worker->users)
        users_fill(worker->users, index, record);
    const struct setup *setup = worker->carrier.setup;
    record->instance = choose_instance(setup, record);
    if (setup->demand)
        fill_order(setup, record);
    record->seq = worker->first_seq + (uint32_t)index;
    if (worker->schedule)
        record->planned = worker->origin + worker->schedule[index];
    return record;
}

int worker_dial(struct worker *worker, size_t count, ns_t deadline, struct err *err)
{
    worker_lead(worker);
    return transport_dial(worker->transport, count, deadline, &worker->dials, err);
}

void worker_lead(struct worker *worker)
{
    const struct transport *transport = worker->transport;
    for (size_t i = 0; i < transport->connections_count; i++) {
        struct connection *connection = &transport->connections[i];
        if (connection->first < worker->slice.count)
            connection->instance = worker_record(worker, connection->first)->instance;
    }
}

bool worker_stopped(const struct worker *worker)
{
    return atomic_load_explicit(&worker->carrier.setup->progress->stop, memory_order_relaxed);
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
    struct progress *progress = worker->carrier.setup->progress;
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

static void abort_exchange(struct worker *worker, struct exchange *exchange,
                           enum request_cause cause)
{
    worker->ops->drop(worker->transport, exchange);
    exchange_abort(exchange, cause);
}

static void time_out(struct worker *worker, ns_t now)
{
    ns_t timeout = worker->carrier.setup->request->timeout;
    for (size_t i = 0; i < worker->transport->exchanges_count; i++) {
        struct exchange *exchange = &worker->transport->exchanges[i];
        if (exchange->record && now - exchange->began >= timeout)
            abort_exchange(worker, exchange, CAUSE_TIMEOUT);
    }
}

static void abort_all(struct worker *worker)
{
    for (size_t i = 0; i < worker->transport->exchanges_count; i++)
        if (worker->transport->exchanges[i].record)
            abort_exchange(worker, &worker->transport->exchanges[i], CAUSE_STOPPED);
}

void worker_turn(struct worker *worker, ns_t span)
{
    worker->ops->turn(worker->transport, span);
    if (worker->look)
        worker->look(worker);
    worker_publish(worker);
}

void worker_start(struct worker *worker, struct exchange *exchange, struct request *record,
                  ns_t now)
{
    struct template_values values;
    exchange->began = now;
    exchange_begin(exchange, record, &values);
    worker->ops->start(worker->transport, exchange, &values);
}

static void skip(struct worker *worker, struct request *record, enum request_cause cause)
{
    record->cls = CLASS_SKIPPED;
    record->cause = (uint8_t)cause;
    record->ranked = false;
    record->worker = (uint16_t)worker->carrier.number;
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
        bool late = worker->schedule && now - planned > worker->carrier.setup->request->timeout;
        if ((!late && !worker->free_count) || slice->next >= slice->count)
            return 0;
        struct request *record = worker_record(worker, slice->next++);
        if (late) {
            skip(worker, record, CAUSE_LATE);
            continue;
        }
        record->planned = planned;
        worker_start(worker, worker->free_exchanges[--worker->free_count], record, now);
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
    ns_t tick = worker->carrier.setup->request->timeout / 50;
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
        if (slice->next >= slice->count && worker->free_count == worker->transport->exchanges_count)
            break;
        ns_t wake = due && due < next_tick ? due : next_tick;
        worker_turn(worker, wake - now);
    }
    worker_publish(worker);
}
