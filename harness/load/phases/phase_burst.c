#include <stdio.h>
#include <string.h>

#include "load/gate/floor.h"
#include "load/gate/lanes.h"
#include "load/gate/opening.h"
#include "load/gate/release.h"
#include "load/gate/staging_report.h"
#include "load/phases/entered.h"
#include "load/phases/phase.h"
#include "model/gate.h"

/* From the first caught request on a corked burst must be on its way by then: the kernel sends
 * after 200 ms by itself. */
#define CORK_RELEASE_BY (170 * NS_PER_MS)

/* What a target has to do for a ping, it has to do so often for an answer. */
#define SLOWER 20
/* And a machine that needs long to stage is busy with something else, which slows the target, too.
 */
#define BUSIER     3
#define QUIET_MOST (5 * NS_PER_S)

#define SPREAD_LEAST (10 * NS_PER_MS)
#define SPREAD_MOST  (100 * NS_PER_MS)

static size_t room(const struct spec_phase *spec, size_t before)
{
    (void)before;
    return (size_t)spec->burst.requests;
}

/* Are they the run's own who listen, at every instance? */
static bool owns_target(const struct load_freezer *freezer, const struct message *message)
{
    bool owns = freezer->owns != NULL && !message->request->socket;
    for (unsigned i = 0; owns && i < message->instances_count; i++)
        owns = freezer->owns(freezer->context, message->instances[i].target.port);
    return owns;
}

static int choose_gate(struct local *load, struct err *err)
{
    const struct spec_burst *burst = &load->spec->burst;
    struct load_phase_info *info = load->info;
    const struct message *message = load->setup.message;
    const struct load_freezer *freezer = &load->freezer;
    bool asks = burst->gate == GATE_AUTO, urgent = asks && lanes_urgent();
    const struct gate_facts facts = {
        .frames = message->http2,
        .urgent = urgent,
        .own = asks && !urgent && owns_target(freezer, message),
    };
    enum gate gate = gate_choose(burst->gate, &facts, info->gate_reason, sizeof info->gate_reason);
    load->gate = gate_find_ops(gate);
    snprintf(info->gate, sizeof info->gate, "%s", gate_name(gate));
    if (gate_frames(gate) && !message->http2)
        return err_set(err, ERR_USAGE,
                       "gate %s is of HTTP/2, and this target speaks HTTP/1.1; allowed: auto, "
                       "last-byte, connected, corked, freeze, cold, none",
                       gate_name(gate));
    if (load->gate->limit && share_is_part(&load->setup.share)) {
        load->gate = &gate_last_byte;
        snprintf(info->gate_reason, sizeof info->gate_reason,
                 "last-byte: %s does not hold until all agents are there", info->gate);
        snprintf(info->gate, sizeof info->gate, "%s", gate_name(load->gate->gate));
    }
    if (load->gate->freezes && !(load->freezer.freeze && load->freezer.thaw))
        return err_set(err, ERR_USAGE,
                       "gate freeze stops the target's processes: it needs a target that the "
                       "scenario itself starts (processes)");
    if (load->gate->holds && message_body_room(message) > MESSAGE_BODY_MAX)
        return err_set(err, ERR_USAGE,
                       "a burst's body can have at most %d bytes with gate %s; this one can have "
                       "%zu",
                       MESSAGE_BODY_MAX, gate_name(gate), message_body_room(message));
    return 0;
}

/* Stages with the gate; when it cannot hold so long, anew with last-byte, which can. */
static int stage_held(struct local *load, struct err *err)
{
    struct rendezvous *rendezvous = &load->rendezvous;
    rendezvous_free(rendezvous);
    *rendezvous = (struct rendezvous){
        .pool = load->pool,
        .transport =
            phase_transport(load, load->gate->connects ? TRANSPORT_SATURATED : TRANSPORT_HELD),
        .setup = &load->setup,
        .gate = load->gate,
        .records = load->records,
        .count = load->count,
        .first_seq = (uint32_t)(load->records - load->history->v),
        .users = &load->plan,
        .deadline = load->deadline,
    };
    bool late;
    int rc = rendezvous_stage(rendezvous, &late, err);
    if (rc || !late)
        return rc;
    snprintf(load->info->gate_reason, sizeof load->info->gate_reason,
             "last-byte: %s could not hold: staging took more than %d ms", load->info->gate,
             (int)(load->gate->limit / NS_PER_MS));
    load->gate = rendezvous->gate = &gate_last_byte;
    snprintf(load->info->gate, sizeof load->info->gate, "%s", gate_name(load->gate->gate));
    rc = rendezvous_stage(rendezvous, &late, err);
    return rc;
}

/* What is not required by the scenario follows from what this machine manages beside this target:
 * a burst may be three times as wide as its floor, and 10 ms in any case, but what takes longer
 * than 100 ms is none. Connects take longer, by as much as this machine's own take longer. */
static ns_t default_spread(const struct gate_ops *gate, ns_t floor)
{
    ns_t spread = 3 * floor, most = gate->connects && floor ? INT64_MAX : SPREAD_MOST;
    return spread < SPREAD_LEAST ? SPREAD_LEAST : spread > most ? most : spread;
}

/* What is held, as reports tell it. */
static void tell_connections(const struct local *load)
{
    struct load_phase_info *info = load->info;
    snprintf(info->protocol, sizeof info->protocol, "%s",
             load->setup.message->http2 ? "HTTP/2" : "HTTP/1.1");
    for (unsigned i = 0; i < load->pool->count; i++) {
        const struct worker *worker = &load->pool->workers[i];
        info->connections += (int64_t)worker->transport->connections_count;
        if (worker->transport->streams > info->streams)
            info->streams = worker->transport->streams;
    }
}

static ns_t quiet_for(const struct local *load, ns_t asked)
{
    ns_t staged = clock_now() - (load->deadline - load->spec->burst.deadline);
    ns_t slow = SLOWER * asked > BUSIER * staged ? SLOWER * asked : BUSIER * staged;
    slow = slow < QUIET_MOST ? slow : QUIET_MOST;
    return slow > load->gate->quiet ? slow : load->gate->quiet;
}

/* A target that is to begin at the head of a request has to have it: it has when it answers what is
 * asked behind all of them. How long that takes says how slow it is today. */
static int await_target(const struct local *load, ns_t *ret_quiet, struct err *err)
{
    const struct rendezvous *rendezvous = &load->rendezvous;
    const atomic_bool *stop = &load->setup.progress->stop;
    ns_t began = clock_now();
    int rc = rendezvous_check(rendezvous, err);
    while (!rc && !rendezvous_heard(rendezvous) && clock_now() < load->deadline &&
           !atomic_load(stop)) {
        phase_sleep(load, clock_now() + NS_PER_MS);
        rc = rendezvous_check(rendezvous, err);
    }
    *ret_quiet = quiet_for(load, clock_now() - began);
    if (rc || rendezvous_heard(rendezvous) || atomic_load(stop))
        return rc;
    return err_set(
        err, ERR_INVALID,
        "gate %s: the target answers no ping behind the requests, so that nobody can tell "
        "whether it begins before the last frame of them; use gate: one-write",
        gate_name(load->gate->gate));
}

/* Nothing may come back before the release. */
static int keep_quiet(const struct local *load, struct err *err)
{
    ns_t quiet;
    int rc = await_target(load, &quiet, err);
    if (rc)
        return rc;
    phase_sleep(load, clock_now() + quiet);
    return rendezvous_check(&load->rendezvous, err);
}

static int stage(struct local *load, struct err *err)
{
    const struct spec_burst *burst = &load->spec->burst;
    load->count = phase_part(load, (size_t)burst->requests);
    load->deadline = clock_now() + burst->deadline;
    int rc = choose_gate(load, err);
    if (rc)
        return rc;
    unsigned threads = (unsigned)load->scenario->release_threads;
    load->info->floor_spread = floor_measure((int64_t)load->count, threads, load->gate->connects);
    const struct spec_require *require = burst->require;
    int64_t in_flight = require ? require->in_flight : 0;
    load->info->require_spread = require && require->spread
                                     ? require->spread
                                     : default_spread(load->gate, load->info->floor_spread);
    load->info->require_in_flight = in_flight == 0  ? (burst->requests * 9 + 9) / 10
                                    : in_flight < 0 ? 0
                                                    : in_flight;
    rc = load->gate->holds ? stage_held(load, err)
                           : phase_open(load, TRANSPORT_SCHEDULED, load->count, 0, err);
    if (rc)
        return rc;
    tell_connections(load);
    rc = load->gate->quiet ? keep_quiet(load, err) : 0;
    if (rc) {
        rendezvous_abandon(&load->rendezvous);
        return rc;
    }
    if (load->gate->holds)
        phase_measure_memory(load, load->rendezvous.memory, (size_t)load->info->connections);
    return 0;
}

/* The kernel has sent a request on its own. */
static bool escaped(const struct local *load)
{
    for (unsigned i = 0; i < load->pool->count; i++) {
        const struct staging *staging = &load->rendezvous.parts[i];
        for (size_t k = 0; k < staging->held_count; k++)
            if (!load->gate->still_held(&staging->held[k]))
                return true;
    }
    return false;
}

/* Makes sure that all are there and that the gate still holds. A corked burst that waited too long
 * between stage and release is staged anew; if the kernel has sent something already, it is
 * released as it is, and counted in late_stamps: those requests are out, and must be accounted for.
 */
static int confirm(struct local *load, struct err *err)
{
    struct rendezvous *rendezvous = &load->rendezvous;
    ns_t waited = clock_now() - rendezvous->first_caught;
    if (!load->gate->limit || waited < CORK_RELEASE_BY)
        return rendezvous_check(rendezvous, err);
    if (escaped(load))
        return 0;
    int rc = rendezvous_take_back(rendezvous, rendezvous->first_caught, err);
    if (rc)
        return rc;
    load->gate = &gate_last_byte;
    load->deadline = clock_now() + load->spec->burst.deadline;
    rc = stage_held(load, err);
    snprintf(load->info->gate, sizeof load->info->gate, "%s", gate_name(GATE_LAST_BYTE));
    snprintf(load->info->gate_reason, sizeof load->info->gate_reason,
             "last-byte: the release came too late for a cork");
    return rc;
}

static int open_gate(struct local *load, struct err *err)
{
    if (load->gate->connects)
        listener_watch(&load->listener, load->setup.message, lanes_urgent());
    struct released released = {.origin = load->origin};
    int rc = release_all(load->pool, load->gate, (unsigned)load->scenario->release_threads,
                         &load->freezer, load->at, &released, err);
    load->origin = released.origin;
    load->info->late_stamps = released.late;
    load->info->send_longest = released.send_longest;
    if (!rc && load->gate->connects) {
        rc = staging_report_released(load->pool, &load->setup, err);
        if (rc)
            rendezvous_abandon(&load->rendezvous);
    }
    return rc;
}

/* A target that does not stop gets its requests as they are, and that is what is said. Only where
 * the scenario did not ask for the stop. */
static int open_unfrozen(struct local *load, const struct err *cause, struct err *err)
{
    struct load_phase_info *info = load->info;
    load->gate = &gate_connected;
    snprintf(info->gate, sizeof info->gate, "%s", gate_name(load->gate->gate));
    snprintf(info->gate_reason, sizeof info->gate_reason, "connected: %.100s", cause->message);
    return open_gate(load, err);
}

static int release(struct local *load, struct err *err)
{
    if (!load->gate->holds) {
        phase_start(load, 0);
        return 0;
    }
    int rc = confirm(load, err);
    if (rc)
        return rc;
    struct err cause = {0};
    load->origin = 0; /* set once the first has left */
    rc = open_gate(load, &cause);
    if (rc && load->gate->freezes && load->spec->burst.gate == GATE_AUTO && !load->origin)
        rc = open_unfrozen(load, &cause, err);
    else if (rc)
        *err = cause;
    if (rc)
        return rc;
    struct progress *progress = load->setup.progress;
    long long never = 0;
    atomic_compare_exchange_strong(&progress->first_release, &never, load->origin);
    atomic_fetch_add_explicit(&progress->released, (long long)load->count, memory_order_relaxed);
    pool_start(load->pool, staging_go_on);
    return 0;
}

static int settle(struct local *load, struct err *err)
{
    int rc = phase_finish(load, err);
    entered_tell(&load->setup, load->records, load->count, load->info);
    if (!load->gate->connects)
        return rc;
    listener_stop(&load->listener);
    listener_tell(&load->listener, &load->info->connects);
    message_describe(load->setup.message, load->info->connects.target,
                     sizeof load->info->connects.target);
    return rc ? rc
              : opening_tally(load->pool, load->records, load->count, &load->info->connects, err);
}

const struct phase_ops phase_burst = {"burst", room, stage, release, settle};
