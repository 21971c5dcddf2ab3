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

int requests_check(struct engine *engine, struct err *err)
{
    const struct spec_request *const requests[] = {&engine->request, &engine->poll, &engine->then};
    int rc = 0;
    for (size_t i = 0; i < sizeof requests / sizeof *requests && !rc; i++)
        rc = instances_check(engine->settings, requests[i], err);
    for (unsigned i = 0; !rc && i < engine->scenario->actions_count; i++)
        rc = instances_check(engine->settings, &engine->acts[i], err);
    return rc;
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
        rc = requests_check(engine, err);
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

static bool tick(void *context, const char *text)
{
    engine_tick(context, text);
    return !engine_stopping(context);
}

/* Who sends from elsewhere prepares there too. */
static int open_load(struct engine *engine, struct load_settings *load, struct err *err)
{
    const struct engine_settings *settings = engine->settings;
    const struct load_freezer freezer = {freeze, thaw, engine, engine_owns};
    struct load_away away = {.driver = settings->driver_settings,
                             .agents = &engine->run->agents,
                             .redis = stack_address(engine->stack, "redis"),
                             .expand = request_address,
                             .tick = tick,
                             .context = engine};
    load->freezer = settings->driver ? NULL : &freezer;
    load->away = settings->driver ? &away : NULL;
    return load_open(settings->driver ? settings->driver : &load_local, load, &engine->load, err);
}

int load_make(struct engine *engine, struct err *err)
{
    const struct scenario *scenario = engine->scenario;
    struct run *run = engine->run;
    int rc = history_init(&run->history, phases_room(scenario), err);
    if (!rc && scenario->actions_count)
        rc = history_init(&run->actions, phases_actions_room(scenario), err);
    if (!rc && !engine->settings->driver)
        rc = people_prepare(engine, err);
    if (rc)
        return rc;
    instances_name(engine);
    struct load_settings load = {
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
        .share = engine->settings->share,
    };
    rc = open_load(engine, &load, err);
    prepared_forget(&engine->prepared);
    return rc;
}

int preflight(struct engine *engine, struct err *err)
{
    int rc = preflight_look(engine, err);
    return rc ? rc : load_make(engine, err);
}
