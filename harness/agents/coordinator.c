#include "agents/coordinator.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agents/chunk.h"
#include "agents/coordinator_inside.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "load/phases/phases.h"

/* Beside the time that the scenario gives to stage. */
#define STAGE_MORE (30 * NS_PER_S)
enum { HANDED_MAX = 2 << 20 };

static struct coordinator *own(struct load *load)
{
    return (struct coordinator *)load;
}

/* ---- opening ---- */

/* What coordinates must not be what is measured: a rush that fills it, or a reset that empties it,
 * would take the agents with it. */
static int check_other(const struct coordinator *coordinator, struct err *err)
{
    char run_id[BOARD_RUN_ID] = "";
    if (coordinator->away.redis)
        board_identify(coordinator->away.redis, run_id);
    if (!*run_id || strcmp(run_id, coordinator->place.run_id) != 0)
        return 0;
    return err_set(err, ERR_INVALID,
                   "the Redis of the agents is the service's own: what coordinates the rush would "
                   "be under it. Give --redis another server");
}

static int make_room(struct coordinator *coordinator, struct err *err)
{
    struct chunk *chunk = calloc(1, sizeof *chunk);
    coordinator->chunk = chunk;
    if (!chunk)
        return err_set(err, ERR_MEMORY, "out of memory");
    chunk->v = calloc(CHUNK_RECORDS, sizeof *chunk->v);
    chunk->decided = calloc(CHUNK_RECORDS, sizeof *chunk->decided);
    chunk->orders = calloc(CHUNK_RECORDS, sizeof *chunk->orders);
    coordinator->present =
        calloc((size_t)coordinator->settings->agents + 1, sizeof *coordinator->present);
    if (!chunk->v || !chunk->decided || !chunk->orders || !coordinator->present)
        return err_set(err, ERR_MEMORY, "out of memory");
    int rc = attendance_init(&coordinator->all, (unsigned)coordinator->settings->agents, err);
    if (!rc && coordinator->scenario->decide)
        rc = history_decide(coordinator->history, err);
    if (!rc && coordinator->items)
        rc = history_order(coordinator->history, err);
    return rc;
}

static int meet(struct coordinator *coordinator, struct err *err)
{
    const struct pulse_settings pulse = {&coordinator->place, coordinator_turn, coordinator};
    _cleanup_(buf_free) struct buf text;
    buf_init(&text, 2 * HANDED_MAX);
    int rc = board_meet(&coordinator->place, err);
    if (!rc)
        rc = check_other(coordinator, err);
    if (!rc)
        rc = make_room(coordinator, err);
    if (!rc)
        rc = coordinator_hand_over(coordinator, &text, err);
    board_init(&coordinator->board, &coordinator->place);
    if (!rc)
        rc = coordinator_announce(coordinator, &text, err);
    if (!rc)
        rc = pulse_start(&pulse, &coordinator->pulse, err);
    return rc ? rc : coordinator_call_roll(coordinator, err);
}

static void free_chunk(struct chunk *chunk)
{
    if (!chunk)
        return;
    free(chunk->v);
    free(chunk->decided);
    free(chunk->orders);
    free(chunk);
}

static void free_load(struct load *base)
{
    struct coordinator *coordinator = own(base);
    pulse_stop(coordinator->pulse);
    coordinator_clear(coordinator);
    board_close(&coordinator->board);
    attendance_free(&coordinator->all);
    free_chunk(coordinator->chunk);
    free(coordinator->present);
    pthread_mutex_destroy(&coordinator->lock);
    free(coordinator);
}

static int open_load(const struct load_settings *settings, struct load **ret_load, struct err *err)
{
    const struct coordinator_settings *given = settings->away->driver;
    struct coordinator *coordinator = calloc(1, sizeof *coordinator);
    uint64_t number;
    if (!coordinator)
        return err_set(err, ERR_MEMORY, "out of memory");
    *coordinator = (struct coordinator){.base = {&load_agents},
                                        .settings = given,
                                        .scenario = settings->scenario,
                                        .away = *settings->away,
                                        .history = settings->history,
                                        .progress = settings->progress,
                                        .items = settings->items ? settings->items->count : 0,
                                        .place = {.url = given->url},
                                        .last = "0",
                                        .memory = {-1, (int64_t)sizeof(struct request)}};
    pthread_mutex_init(&coordinator->lock, NULL);
    snprintf(coordinator->place.session, sizeof coordinator->place.session, "%s", given->session);
    coordinator->away.agents->size = (unsigned)given->agents;
    int rc = getrandom(&number, sizeof number, 0) == (ssize_t)sizeof number
                 ? 0
                 : err_set(err, ERR_ENVIRONMENT, "the kernel gives no random numbers");
    if (!rc)
        snprintf(coordinator->run, sizeof coordinator->run, "%016" PRIx64, number);
    if (!rc)
        rc = meet(coordinator, err);
    if (rc && coordinator->opened)
        (void)coordinator_set_abort(coordinator, "the run was given up");
    if (rc)
        free_load(&coordinator->base);
    else
        *ret_load = &coordinator->base;
    return rc;
}

/* ---- a phase ---- */

/* However it ends, agents that still wait shall not. */
static int give_up(struct coordinator *coordinator, const struct err *err)
{
    (void)coordinator_set_abort(coordinator, "the run was given up");
    return -(int)err->code;
}

static int say_slow(struct coordinator *coordinator, struct err *err)
{
    char names[256] = "", name[96];
    size_t used = 0;
    for (unsigned i = 0; i < coordinator->all.size && used < sizeof names; i++)
        if (coordinator->all.v[i].staged <= coordinator->all.phase)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                                     attendance_name(&coordinator->all, i, name, sizeof name));
    return err_set(err, ERR_INVALID, "not all agents had staged in time: %s had not", names);
}

static int stage(struct load *base, unsigned index, struct load_phase_info *ret_info,
                 struct err *err)
{
    struct coordinator *coordinator = own(base);
    const struct spec_phase *spec = &coordinator->scenario->load[index];
    ns_t span = spec->kind == LOAD_BURST ? spec->burst.deadline : 0;
    ns_t began = clock_now(), give_up_at = began + span + STAGE_MORE;
    bool called = false;
    int rc = 0;
    coordinator->info = ret_info;
    coordinator->filled = coordinator->history->count;
    coordinator->rows = phases_requests(spec) / coordinator->all.size;
    coordinator->beyond = 0;
    attendance_turn(&coordinator->all, index);
    while (!rc && COUNT(coordinator, staged) < coordinator->all.size) {
        called = called || coordinator_set_stage(coordinator, index);
        rc = coordinator_pump(coordinator, err);
        if (!rc)
            rc = coordinator_trouble(coordinator, "before all had staged", err);
        if (!rc && coordinator_stopping(coordinator))
            rc = coordinator_stopped(err);
        if (!rc && clock_now() > give_up_at)
            rc = say_slow(coordinator, err);
    }
    snprintf(ret_info->kind, sizeof ret_info->kind, "%s", phases_kind(spec));
    ret_info->staged_in = clock_now() - began;
    return rc ? give_up(coordinator, err) : 0;
}

/* ---- release, and after it ---- */

static int release(struct load *base, ns_t at, struct err *err)
{
    struct coordinator *coordinator = own(base);
    (void)at;
    int rc = coordinator_commit(coordinator, err);
    if (rc)
        return give_up(coordinator, err);
    long long never = 0;
    atomic_compare_exchange_strong(&coordinator->progress->first_release, &never,
                                   coordinator->agreed);
    return 0;
}

static int say_partial(struct coordinator *coordinator, struct err *cause, struct err *err)
{
    char partial[640];
    if (COUNT(coordinator, fired) == coordinator->all.size) {
        *err = *cause;
        return err_prefix(err, "after the release");
    }
    attendance_tell_partial(&coordinator->all, partial, sizeof partial);
    return err_set(err, ERR_INVALID, "only a part of the rush was fired: %s (%.200s)", partial,
                   cause->message);
}

static int settle(struct load *base, struct err *err)
{
    struct coordinator *coordinator = own(base);
    struct err cause = {0};
    int rc = 0;
    while (!rc && COUNT(coordinator, done) < coordinator->all.size) {
        rc = coordinator_pump(coordinator, &cause);
        if (!rc && COUNT(coordinator, done) < coordinator->all.size)
            rc = coordinator_trouble(coordinator, "after the release", &cause);
        if (!rc && coordinator_stopping(coordinator))
            rc = coordinator_stopped(&cause);
    }
    if (rc && cause.code != ERR_INTERRUPTED)
        (void)say_partial(coordinator, &cause, err);
    else if (rc)
        *err = cause;
    else
        log_info("agents", "all %zu requests of phase %u are here",
                 coordinator->filled - coordinator->history->count, coordinator->all.phase);
    if (!rc)
        rc = coordinator_close_phase(coordinator, coordinator->all.phase, err);
    return rc ? give_up(coordinator, err) : 0;
}

static int decide(struct load *base, struct err *err)
{
    struct coordinator *coordinator = own(base);
    int rc = 0;
    while (!rc && attendance_ended(&coordinator->all) < coordinator->all.size) {
        rc = coordinator_pump(coordinator, err);
        if (!rc && attendance_ended(&coordinator->all) < coordinator->all.size)
            rc = coordinator_trouble(coordinator, "before it had told its answers", err);
        if (!rc && coordinator_stopping(coordinator))
            rc = coordinator_stopped(err);
    }
    if (rc)
        return give_up(coordinator, err);
    coordinator_merge(coordinator);
    return 0;
}

static void close_load(struct load *base)
{
    (void)base; /* agents close when they go on, or leave */
}

static void answers(const struct load *base, struct answers *ret_answers)
{
    *ret_answers = ((const struct coordinator *)base)->answers;
}

static void decisions(const struct load *base, struct load_decisions *ret_decisions,
                      struct answers *ret_polled)
{
    *ret_decisions = ((const struct coordinator *)base)->decisions;
    *ret_polled = ((const struct coordinator *)base)->polled;
}

static void acted(const struct load *base, struct answers *ret_answers)
{
    (void)base;
    *ret_answers = (struct answers){0};
}

static void memory(const struct load *base, struct load_memory *ret_memory)
{
    *ret_memory = ((const struct coordinator *)base)->memory;
}

const struct load_ops load_agents = {
    .open = open_load,
    .stage = stage,
    .release = release,
    .settle = settle,
    .decide = decide,
    .decisions = decisions,
    .acted = acted,
    .close = close_load,
    .free = free_load,
    .answers = answers,
    .memory = memory,
};
