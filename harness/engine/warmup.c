/* Warm-up: the real request, by users who are none of the run's, before anything is counted. Only
 * where a reset follows, after which the baseline has to be clean. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "engine/inside.h"
#include "load/phases/phases.h"

/* For what a consumer has still to take of it. */
#define DRAINED_WITHIN (30 * NS_PER_S)
#define LOOK_AGAIN     (20 * NS_PER_MS)
#define LOOK_DEADLINE  (10 * NS_PER_S)

/* Numbers of users behind all of the run's own. */
static int64_t first_outside(const struct scenario *scenario)
{
    enum { MANY = 100 * 1000 * 1000 };
    size_t users = phases_users(scenario);
    return scenario->users.first + (int64_t)(users < MANY ? users : MANY);
}

/* The scenario with nothing but a short closed phase. */
static void make_short(const struct scenario *scenario, struct spec_phase *phase,
                       struct scenario *ret_short)
{
    const struct spec_warmup *warmup = scenario->warmup;
    *phase = (struct spec_phase){
        LOAD_CLOSED, .closed = {.connections = warmup->connections, .requests = warmup->requests}};
    *ret_short = *scenario;
    ret_short->load = phase;
    ret_short->load_count = 1;
    ret_short->decide = NULL;
    ret_short->actions_count = 0;
    ret_short->users.first = first_outside(scenario);
    ret_short->users.repeat = 1;
}

static int run_load(struct engine *engine, const struct load_settings *settings, struct err *err)
{
    struct load *load = NULL;
    struct load_phase_info info;
    int rc = load_open(&load_local, settings, &load, err);
    if (!rc)
        rc = load_stage(load, 0, &info, err);
    if (!rc)
        rc = load_release(load, 0, err);
    if (!rc)
        rc = load_settle(load, err);
    load_free(load);
    return rc                        ? rc
           : engine_stopping(engine) ? err_set(err, ERR_INTERRUPTED, "interrupted in the warm-up")
                                     : 0;
}

static void note(struct engine *engine, const struct history *history)
{
    size_t answered = 0;
    for (size_t i = 0; i < history->count; i++)
        answered += request_answered(&history->v[i]);
    run_event_add(engine->run, clock_now(), "warm-up: %zu of %zu answered%s", answered,
                  history->count,
                  engine->scenario->warmup->restart ? "" : "; what processes keep in memory stays");
    log_info("warm-up", "%zu of %zu requests answered", answered, history->count);
}

static int send_all(struct engine *engine, struct err *err)
{
    struct scenario brief;
    struct spec_phase phase;
    struct history history = {0};
    struct progress progress = {0};
    make_short(engine->scenario, &phase, &brief);
    struct roster *roster = roster_of(&brief);
    const struct load_settings settings = {.scenario = &brief,
                                           .roster = roster,
                                           .items = engine->run->items,
                                           .request = &engine->request,
                                           .dir = engine->settings->scenario_dir,
                                           .history = &history,
                                           .progress = &progress};
    int rc = roster ? history_init(&history, phases_room(&brief), err)
                    : err_set(err, ERR_MEMORY, "no memory for the users");
    if (!rc)
        rc = run_load(engine, &settings, err);
    if (!rc)
        note(engine, &history);
    history_free(&history);
    roster_free(roster);
    return rc;
}

/* Whoever consumes is through with it, so that no row comes after the reset. */
static int await_consumers(struct engine *engine, struct err *err)
{
    ns_t give_up = clock_now() + DRAINED_WITHIN;
    struct probe_before before = {.waiting = 1};
    while (engine->scenario->evidence.pipeline && before.waiting && clock_now() < give_up) {
        int rc = probes_baseline(engine->probes, &engine->run->evidence,
                                 clock_now() + LOOK_DEADLINE, err);
        if (rc)
            return rc;
        probes_before(engine->probes, &before);
        if (engine_stopping(engine))
            return err_set(err, ERR_INTERRUPTED, "interrupted in the warm-up");
        engine_rest(engine, clock_now() + LOOK_AGAIN);
    }
    return 0;
}

int warmup_begin(struct engine *engine, struct err *err)
{
    const struct spec_warmup *warmup = engine->scenario->warmup;
    int rc = warmup ? send_all(engine, err) : 0;
    /* What is emptied whole ends every connection: nobody is reading yet. */
    if (!rc && warmup && warmup->restart)
        rc = stack_reset(engine->stack, engine->settings->stop, engine->run, err);
    return rc ? err_prefix(err, "warm-up") : 0;
}

int warmup_end(struct engine *engine, struct err *err)
{
    const struct spec_warmup *warmup = engine->scenario->warmup;
    if (!warmup || warmup->restart)
        return 0;
    int rc = await_consumers(engine, err);
    if (!rc)
        rc = stack_reset_stores(engine->stack, err);
    return rc ? err_prefix(err, "warm-up") : 0;
}
