#include "load/gate/rendezvous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/gate/staging_report.h"
#include "load/net/limits.h"
#include "model/gate.h"

enum { OWN_FILES = 8 /* of a worker */ };

static int check_room(const struct rendezvous *rendezvous, struct err *err)
{
    const struct pool *pool = rendezvous->pool;
    const struct transport_ops *transport = rendezvous->transport;
    char what[64];
    size_t each = (rendezvous->count + pool->count - 1) / pool->count;
    bool held = !rendezvous->gate->connects;
    unsigned streams = transport_streams(transport, rendezvous->setup->message, held);
    size_t connections = (each + streams - 1) / streams;
    snprintf(what, sizeof what, "%zu connections", rendezvous->count / streams);
    return limits_check_files(
        pool->count * (transport->files(rendezvous->setup->message, connections, held) + OWN_FILES),
        what, err);
}

static int assign(struct rendezvous *rendezvous, struct err *err)
{
    struct pool *pool = rendezvous->pool;
    rendezvous_free(rendezvous);
    rendezvous->parts = calloc(pool->count + 1U, sizeof *rendezvous->parts);
    if (!rendezvous->parts)
        return err_set(err, ERR_MEMORY, "out of memory");
    rendezvous->parts_count = pool->count;
    memset(rendezvous->records, 0, rendezvous->count * sizeof *rendezvous->records);
    pool_slice(pool, rendezvous->records, rendezvous->count, pool->count);
    int rc = 0;
    for (unsigned i = 0; !rc && i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];
        worker->users = rendezvous->users;
        worker->first_seq = rendezvous->first_seq;
        worker->schedule = NULL;
        worker->ops = rendezvous->transport;
        worker->exchanges = worker->slice.count;
        rc = staging_init(&rendezvous->parts[i], worker, rendezvous->gate, rendezvous->deadline,
                          err);
    }
    return rc;
}

static ns_t find_first_caught(const struct rendezvous *rendezvous)
{
    ns_t first = 0;
    for (unsigned i = 0; i < rendezvous->parts_count; i++) {
        ns_t caught = rendezvous->parts[i].first_caught;
        if (caught && (!first || caught < first))
            first = caught;
    }
    return first;
}

static int connect_all(struct rendezvous *rendezvous, struct err *err)
{
    int rc = assign(rendezvous, err);
    if (!rc)
        rc = check_room(rendezvous, err);
    if (!rc)
        rc = pool_run(rendezvous->pool, staging_connect, err);
    return rc ? rc : staging_report_dialed(rendezvous->pool, rendezvous->setup, err);
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
    int rc = connect_all(rendezvous, err);
    if (!rc)
        rc = pool_run(rendezvous->pool, staging_hold, err);
    if (!rc && rendezvous->gate->limit)
        rc = pool_run(rendezvous->pool, staging_keep, err);
    bool late = rc == -ERR_TIMEOUT && rendezvous->gate->limit;
    if (!rc)
        rc = staging_report_held(rendezvous->pool, rendezvous->setup, rendezvous->count, err);
    if (late) {
        *ret_late = true;
        if (err) /* being late is an answer: whoever sees an error stops the run */
            *err = (struct err){0};
        return rendezvous_take_back(rendezvous, find_first_caught(rendezvous), err);
    }
    if (rc) {
        rendezvous_abandon(rendezvous);
        *ret_late = false;
        return rc;
    }
    rendezvous->first_caught = find_first_caught(rendezvous);
    rendezvous->memory = limits_resident() - before;
    *ret_late = false;
    return 0;
}

bool rendezvous_heard(const struct rendezvous *rendezvous)
{
    for (unsigned i = 0; i < rendezvous->pool->count; i++) {
        const struct worker *worker = &rendezvous->pool->workers[i];
        if (worker->transport && worker->ops->heard && !worker->ops->heard(worker->transport))
            return false;
    }
    return true;
}

int rendezvous_check(const struct rendezvous *rendezvous, struct err *err)
{
    return staging_report_held(rendezvous->pool, rendezvous->setup, rendezvous->count, err);
}

void rendezvous_abandon(struct rendezvous *rendezvous)
{
    pool_close(rendezvous->pool);
    atomic_store_explicit(&rendezvous->setup->progress->staged, 0, memory_order_relaxed);
}

void rendezvous_free(struct rendezvous *rendezvous)
{
    for (unsigned i = 0; i < rendezvous->parts_count; i++)
        staging_free(&rendezvous->parts[i]);
    free(rendezvous->parts);
    rendezvous->parts = NULL;
    rendezvous->parts_count = 0;
}
