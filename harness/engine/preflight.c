/* The preflight: what the stores hold before anything is sent, who the users are, and a load that
 * is ready to be staged. */
#include <stdlib.h>

#include "engine/inside.h"
#include "load/phases/phases.h"

#define BASELINE_DEADLINE (10 * NS_PER_S)

static int freeze(void *context, struct err *err)
{
    struct engine *engine = context;
    pthread_mutex_lock(&engine->stack_lock);
    int rc = stack_freeze(engine->stack, err);
    pthread_mutex_unlock(&engine->stack_lock);
    return rc;
}

static int thaw(void *context, struct err *err)
{
    struct engine *engine = context;
    pthread_mutex_lock(&engine->stack_lock);
    int rc = stack_thaw(engine->stack, err);
    pthread_mutex_unlock(&engine->stack_lock);
    return rc;
}

/* The first thing that the drain is fed. */
static int take_baseline(struct engine *engine, struct err *err)
{
    struct run *run = engine->run;
    int rc = clean_baseline(engine, err);
    if (rc)
        return rc;
    struct sample sample = {.rows = COUNT_UNKNOWN};
    probes_sample(engine->probes, PROBE_ROWS | PROBE_PIPELINE | PROBE_COUNTER,
                  clock_now() + BASELINE_DEADLINE, &sample);
    sample.flags |= SAMPLE_BASELINE;
    rc = timeline_add(&run->timeline, &sample, err);
    if (rc)
        return rc;
    engine->drain = drain_new(engine->scenario, err);
    if (!engine->drain)
        return -(int)ERR_MEMORY;
    drain_feed(engine->drain, &run->timeline.v[0],
               &(struct drain_facts){.accepted = COUNT_UNKNOWN});
    return 0;
}

int preflight_look(struct engine *engine, struct err *err)
{
    struct run *run = engine->run;
    struct probe_targets targets = {.expand = request_address, .context = engine};
    for (size_t i = 0; spec_servers[i]; i++)
        probe_targets_set(&targets, spec_servers[i], stack_address(engine->stack, spec_servers[i]));
    int rc = people_make(engine, err);
    if (!rc)
        rc = request_expand(engine, err);
    clean_strangers(engine);
    if (!rc)
        rc = instances_check(engine->settings, &engine->request, err);
    if (!rc)
        rc = instances_check(engine->settings, &engine->poll, err);
    if (!rc)
        rc = instances_check(engine->settings, &engine->then, err);
    for (unsigned i = 0; !rc && i < engine->scenario->actions_count; i++)
        rc = instances_check(engine->settings, &engine->acts[i], err);
    if (!rc)
        instances_await(engine);
    if (!rc)
        rc = warmup_begin(engine, err);
    if (!rc)
        rc = probes_open(engine->scenario, &targets, run, &engine->probes, err);
    if (!rc)
        rc = warmup_end(engine, err);
    return rc ? rc : take_baseline(engine, err);
}

int preflight(struct engine *engine, struct err *err)
{
    const struct scenario *scenario = engine->scenario;
    struct run *run = engine->run;
    int rc = preflight_look(engine, err);
    if (!rc)
        rc = history_init(&run->history, phases_room(scenario), err);
    if (!rc && scenario->actions_count)
        rc = history_init(&run->actions, phases_actions_room(scenario), err);
    if (!rc)
        rc = people_prepare(engine, err);
    if (rc)
        return rc;
    instances_name(engine);
    const struct load_freezer freezer = {freeze, thaw, engine, engine_owns};
    const struct load_settings load = {
        .scenario = scenario,
        .roster = run->roster,
        .items = run->items,
        .request = &engine->request,
        .poll = scenario->decide ? &engine->poll : NULL,
        .then = scenario->decide && scenario->decide->then ? &engine->then : NULL,
        .prepared = scenario->prepare_count ? &engine->prepared.table : NULL,
        .dir = engine->settings->scenario_dir,
        .history = &run->history,
        .acts = engine->acts,
        .actions = &run->actions,
        .progress = &engine->progress,
        .freezer = &freezer,
    };
    rc = load_open(&load_local, &load, &engine->load, err);
    prepared_forget(&engine->prepared);
    return rc;
}
