#include "load/gate/rendezvous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "load/gate/hold.h"
#include "load/gate/roll_call.h"
#include "load/net/limits.h"
#include "model/gate.h"

/* Two descriptors a multi handle, four for a reactor and a capture. */
enum { SHARE = 256, OWN_FILES = 8 };

/* HTTP/2 writes a body in several steps, and while they are caught no other transfer of the multi
 * handle may begin. */
static size_t share_of(const struct setup *setup)
{
    return message_http2(setup->message) ? 1 : SHARE;
}

static int open_worker(struct worker *worker, struct err *err)
{
    int rc = worker_open(worker, worker->slice.count, share_of(worker->setup), err);
    if (rc)
        return rc;
    worker->held = calloc(worker->slice.count + 1, sizeof *worker->held);
    if (!worker->held)
        return err_set(err, ERR_MEMORY, "out of memory");
    return 0;
}

static int dial(struct worker *worker, struct err *err)
{
    size_t count = worker->slice.count;
    _cleanup_free_ int *fds = calloc(count + 1, sizeof *fds);
    if (!fds)
        return err_set(err, ERR_MEMORY, "out of memory");
    worker->dials = (struct dial_tally){0};
    dial_all(message_target(worker->setup->message), fds, count, worker->deadline,
             &worker->setup->progress->stop, &worker->dials);
    for (size_t i = 0; i < count; i++) {
        worker->transfers[i].fd = fds[i];
        worker->transfers[i].dialed = fds[i] >= 0;
    }
    return 0;
}

static int check_room(const struct rendezvous *rendezvous, struct err *err)
{
    char what[64];
    snprintf(what, sizeof what, "%zu connections", rendezvous->count);
    size_t multis = rendezvous->count / share_of(rendezvous->setup) + rendezvous->crew->count;
    /* Over HTTP/2 each connection has a second descriptor while it is held. */
    size_t sockets = rendezvous->count * (message_http2(rendezvous->setup->message) ? 2 : 1);
    return limits_check_files(sockets + 2 * multis + (size_t)OWN_FILES * rendezvous->crew->count,
                              what, err);
}

static void assign(struct rendezvous *rendezvous)
{
    struct crew *crew = rendezvous->crew;
    memset(rendezvous->records, 0, rendezvous->count * sizeof *rendezvous->records);
    crew_slice(crew, rendezvous->records, rendezvous->count, crew->count);
    for (unsigned i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];
        worker->users = rendezvous->users;
        worker->schedule = NULL;
        worker->deadline = rendezvous->deadline;
        worker->gate = rendezvous->gate;
    }
}

static ns_t find_first_caught(const struct crew *crew)
{
    ns_t first = 0;
    for (unsigned i = 0; i < crew->count; i++) {
        ns_t caught = crew->workers[i].first_caught;
        if (caught && (!first || caught < first))
            first = caught;
    }
    return first;
}

static int connect_all(struct rendezvous *rendezvous, struct err *err)
{
    int rc = check_room(rendezvous, err);
    if (!rc)
        rc = crew_run(rendezvous->crew, open_worker, err);
    if (!rc)
        rc = crew_run(rendezvous->crew, dial, err);
    return rc ? rc : roll_call_dialed(rendezvous->crew, rendezvous->setup, rendezvous->count, err);
}

/* On a busy machine a thread may sleep past the gate's limit. What has left by then has been
 * applied for, and to ask again for the same users would make a right answer look wrong. */
int rendezvous_take_back(struct rendezvous *rendezvous, ns_t first_caught, struct err *err)
{
    rendezvous_abandon(rendezvous);
    ns_t held = clock_now() - first_caught;
    if (!first_caught || held < rendezvous->gate->escapes)
        return 0;
    return err_set(
        err, ERR_INVALID,
        "this machine is too busy for gate %s: requests were held for %lld ms, and the kernel "
        "may have sent some after %lld ms; try gate: last-byte",
        gate_name(rendezvous->gate->gate), (long long)(held / NS_PER_MS),
        (long long)(rendezvous->gate->escapes / NS_PER_MS));
}

int rendezvous_stage(struct rendezvous *rendezvous, bool *ret_late, struct err *err)
{
    int64_t before = limits_resident();
    assign(rendezvous);
    int rc = connect_all(rendezvous, err);
    if (!rc)
        rc = crew_run(rendezvous->crew, hold_slice, err);
    bool late = rc == -ERR_TIMEOUT && rendezvous->gate->limit;
    if (!rc)
        rc = roll_call_held(rendezvous->crew, rendezvous->setup, rendezvous->count, err);
    if (late) {
        *ret_late = true;
        if (err) /* being late is an answer: whoever sees an error stops the run */
            *err = (struct err){0};
        return rendezvous_take_back(rendezvous, find_first_caught(rendezvous->crew), err);
    }
    if (rc) {
        rendezvous_abandon(rendezvous);
        *ret_late = false;
        return rc;
    }
    rendezvous->first_caught = find_first_caught(rendezvous->crew);
    rendezvous->memory = limits_resident() - before;
    *ret_late = false;
    return 0;
}

int rendezvous_check(const struct rendezvous *rendezvous, struct err *err)
{
    return roll_call_held(rendezvous->crew, rendezvous->setup, rendezvous->count, err);
}

void rendezvous_abandon(struct rendezvous *rendezvous)
{
    crew_close(rendezvous->crew);
    atomic_store_explicit(&rendezvous->setup->progress->staged, 0, memory_order_relaxed);
}
