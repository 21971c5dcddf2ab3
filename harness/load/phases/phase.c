#include "load/phases/phase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/net/limits.h"

enum { OWN_FILES = 8 /* of a worker */ };

static const struct transport_ops *carrier_of(const struct local *load,
                                              const struct message *message, enum transport_use use)
{
    return load->transport ? load->transport : transport_find(message, use);
}

const struct transport_ops *phase_transport(const struct local *load, enum transport_use use)
{
    return carrier_of(load, load->setup.message, use);
}

/* What could not be opened is the transport's to open, and its request's to fail. */
static int dial(struct worker *worker, struct err *err)
{
    return worker_dial(worker, worker->dial, clock_now() + NS_PER_S, err);
}

static int check_room(const struct local *load, enum transport_use use, size_t connections,
                      struct err *err)
{
    char what[64];
    snprintf(what, sizeof what, "%zu connections", connections);
    unsigned workers = load->pool->count;
    const struct message *message = load->pool->workers[0].carrier.setup->message;
    size_t each = carrier_of(load, message, use)->files(message, connections / workers + 1, false);
    return limits_check_files(workers * (each + OWN_FILES), what, err);
}

static size_t at_most(size_t wanted, size_t most)
{
    return wanted < 1 ? 1 : wanted < most ? wanted : most < 1 ? 1 : most;
}

int phase_open(struct local *load, enum transport_use use, size_t connections, size_t dialed,
               struct err *err)
{
    struct pool *pool = load->pool;
    connections = at_most(connections, load->count);
    int rc = check_room(load, use, connections, err);
    if (rc)
        return rc;
    unsigned active = (unsigned)at_most(connections, pool->count);
    active -= load->beside ? active % load->beside : 0;
    pool_slice(pool, load->records, load->count, active);
    for (unsigned i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];
        worker->carrier.holder = NULL;
        worker->carrier.crowd = NULL;
        worker->look = NULL;
        const struct message *message = worker->carrier.setup->message;
        worker->ops = carrier_of(load, message, use);
        unsigned streams = transport_streams(worker->ops, message, false);
        worker->users = load->plan.users ? &load->plan : NULL;
        worker->first_seq = (uint32_t)(load->records - load->history->v);
        worker->schedule = load->schedule;
        worker->exchanges =
            i < active ? (connections / active + (i < connections % active)) * streams : 0;
        worker->dial = (dialed + active - 1) / active;
    }
    load->connections = connections;
    load->active = active;
    load->resident = limits_resident();
    rc = pool_run(pool, worker_open, err);
    return rc || !dialed ? rc : pool_run(pool, dial, err);
}

static int run(struct worker *worker, struct err *err)
{
    (void)err;
    worker_run(worker);
    return 0;
}

size_t phase_part(struct local *load, size_t requests)
{
    load->whole = requests;
    return users_part(&load->plan, requests);
}

void phase_own_schedule(struct local *load)
{
    for (size_t i = 0; i < load->count; i++)
        load->schedule[i] = load->schedule[users_index(&load->plan, i)];
}

void phase_start(struct local *load, ns_t until)
{
    phase_sleep(load, load->at);
    load->origin = clock_now();
    for (unsigned i = 0; i < load->pool->count; i++) {
        load->pool->workers[i].origin = load->origin;
        load->pool->workers[i].until = until ? load->origin + until : 0;
    }
    long long never = 0;
    atomic_compare_exchange_strong(&load->setup.progress->first_release, &never, load->origin);
    pool_start(load->pool, run);
}

void phase_measure_memory(struct local *load, int64_t bytes, size_t connections)
{
    bytes -= (int64_t)(load->count * sizeof(struct request)); /* told apart in bytes_a_request */
    if ((int64_t)connections < load->memory_connections || bytes <= 0 || !connections)
        return;
    load->memory_connections = (int64_t)connections;
    load->memory.bytes_a_connection = bytes / (int64_t)connections;
}

int phase_finish(struct local *load, struct err *err)
{
    int rc = pool_wait(load->pool, err);
    if (!load->gate)
        phase_measure_memory(load, limits_resident() - load->resident, load->connections);
    return rc;
}

#define STEP (20 * NS_PER_MS)

int phase_stage_nobody(struct local *load, struct err *err)
{
    (void)err;
    load->count = 0;
    return 0;
}

int phase_release_now(struct local *load, struct err *err)
{
    (void)err;
    phase_sleep(load, load->at);
    load->origin = clock_now();
    return 0;
}

void phase_sleep(const struct local *load, ns_t until)
{
    const atomic_bool *stop = &load->setup.progress->stop;
    for (ns_t now = clock_now(); now < until && !atomic_load(stop); now = clock_now())
        clock_sleep_until(now + STEP < until ? now + STEP : until);
}

/* Each worker counted the instances as it met them. */
static void number_instances(struct local *load)
{
    for (size_t i = 0; i < load->count; i++) {
        struct request *record = &load->records[i];
        const struct served *met = &load->pool->workers[record->worker].carrier.answers->served;
        const char *name = record->instance ? met->names[record->instance - 1] : "";
        record->instance = served_number(&load->served, name, strlen(name));
    }
}

int phase_note(struct local *load, struct err *err)
{
    if (load->setup.instance_header)
        number_instances(load);
    uint32_t seq = (uint32_t)(load->records - load->history->v);
    for (size_t i = 0; i < load->count; i++)
        load->records[i].seq = seq++;
    int rc = users_note(&load->users, load->records, load->count, err);
    if (!rc && load->whole)
        rc = users_pass(&load->users, &load->plan, load->whole, err);
    if (!rc)
        load->history->count += load->count;
    return rc;
}
