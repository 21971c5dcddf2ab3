#include "load/phases/phase.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "load/net/limits.h"

/* Connections in one multi handle: libcurl looks through all of them for an idle one, so few; each
 * multi handle costs 30 KB and two descriptors, so not too few. */
enum { SHARE = 16, OWN_FILES = 8 };

static int open_worker(struct worker *worker, struct err *err)
{
    return worker_open(worker, worker->connections, worker->share, err);
}

static int dial_worker(struct worker *worker, struct err *err)
{
    _cleanup_free_ int *fds = calloc(worker->transfers_count + 1, sizeof *fds);
    if (!fds)
        return err_set(err, ERR_MEMORY, "out of memory");
    size_t count = worker->dial < worker->transfers_count ? worker->dial : worker->transfers_count;
    worker->dials = (struct dial_tally){0};
    dial_all(message_target(worker->setup->message), fds, count, clock_now() + NS_PER_S,
             &worker->setup->progress->stop, &worker->dials);
    /* What could not be opened is libcurl's to open, and its request's to fail. */
    for (size_t i = 0; i < count; i++) {
        worker->transfers[i].fd = fds[i];
        worker->transfers[i].dialed = fds[i] >= 0;
    }
    return 0;
}

int phase_open(struct load *load, size_t connections, size_t dial, bool wire, struct err *err)
{
    struct crew *crew = load->crew;
    if (connections > load->count)
        connections = load->count;
    if (connections < 1)
        connections = 1;
    char what[64];
    snprintf(what, sizeof what, "%zu connections", connections);
    int rc = limits_check_files(connections + 2 * (connections / SHARE + crew->count) +
                                    (size_t)OWN_FILES * crew->count,
                                what, err);
    if (rc)
        return rc;
    unsigned active = connections < crew->count ? (unsigned)connections : crew->count;
    crew_slice(crew, load->records, load->count, active);
    for (unsigned i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];
        bool works = i < active;
        worker->gate = NULL;
        worker->users = load->plan.users ? &load->plan : NULL;
        worker->first_seq = (uint32_t)(load->records - load->history->v);
        worker->schedule = load->schedule;
        worker->connections = works ? connections / active + (i < connections % active) : 0;
        worker->share = wire ? 0 : SHARE;
        worker->dial = (dial + active - 1) / active;
    }
    load->connections = connections;
    load->active = active;
    load->resident = limits_resident();
    rc = crew_run(crew, open_worker, err);
    return rc || !dial ? rc : crew_run(crew, dial_worker, err);
}

static int run(struct worker *worker, struct err *err)
{
    (void)err;
    worker_run(worker);
    return 0;
}

void phase_start(struct load *load, ns_t until)
{
    load->origin = clock_now();
    for (unsigned i = 0; i < load->crew->count; i++) {
        load->crew->workers[i].origin = load->origin;
        load->crew->workers[i].until = until;
    }
    long long never = 0;
    atomic_compare_exchange_strong(&load->setup.progress->first_release, &never, load->origin);
    crew_start(load->crew, run);
}

void phase_measure_memory(struct load *load, int64_t bytes, size_t connections)
{
    bytes -= (int64_t)(load->count * sizeof(struct request)); /* told apart in bytes_a_request */
    if ((int64_t)connections < load->memory_connections || bytes <= 0 || !connections)
        return;
    load->memory_connections = (int64_t)connections;
    load->memory.bytes_a_connection = bytes / (int64_t)connections;
}

int phase_finish(struct load *load, struct err *err)
{
    int rc = crew_wait(load->crew, err);
    if (!load->gate)
        phase_measure_memory(load, limits_resident() - load->resident, load->connections);
    return rc;
}

#define STEP (20 * NS_PER_MS)

void phase_sleep(const struct load *load, ns_t until)
{
    const atomic_bool *stop = &load->setup.progress->stop;
    for (ns_t now = clock_now(); now < until && !atomic_load(stop); now = clock_now())
        clock_sleep_until(now + STEP < until ? now + STEP : until);
}
