/* Who the users are, and what each of them does once before the rush. */
#include <inttypes.h>
#include <stdio.h>

#include "base/units.h"
#include "engine/inside.h"
#include "engine/target.h"
#include "load/phases/phases.h"

int people_make(struct engine *engine, struct err *err)
{
    roster_free(engine->run->roster);
    engine->run->roster = NULL;
    items_free(engine->run->items);
    int rc = items_make(engine->scenario, &engine->run->items, err);
    if (rc)
        return rc;
    return load_people(engine->scenario, engine->settings->scenario_dir, &engine->run->roster, err);
}

static bool tick(void *context, size_t done, size_t users)
{
    struct engine *engine = context;
    char text[64];
    snprintf(text, sizeof text, "%zu of %zu users prepared", done, users);
    engine_tick(engine, text);
    return !engine_stopping(engine);
}

static int check_targets(const struct engine *engine, struct err *err)
{
    const struct engine_settings *settings = engine->settings;
    int rc = 0;
    for (unsigned i = 0; i < engine->scenario->prepare_count && !rc; i++)
        if (!engine->steps[i].socket && target_check(engine->steps[i].url, settings->allow_hosts,
                                                     settings->allow_hosts_count, err))
            rc = err_prefix(err, "prepare.%u", i);
    return rc;
}

int people_prepare(struct engine *engine, struct err *err)
{
    const struct prepare_settings settings = {
        .scenario = engine->scenario,
        .requests = engine->steps,
        .rush = &engine->request,
        .dir = engine->settings->scenario_dir,
        .roster = engine->run->roster,
        .users = phases_users(engine->scenario),
        .share = engine->settings->share,
        .tick = tick,
        .context = engine,
    };
    if (!engine->scenario->prepare_count)
        return 0;
    int rc = check_targets(engine, err);
    return rc ? rc : prepare_run(&settings, &engine->prepared, err);
}

int people_ready(const struct engine *engine, struct err *err)
{
    const struct prepared *prepared = &engine->prepared;
    int64_t now = clock_wall_ns() / NS_PER_S, left = prepared->expires - now;
    struct roster_name name;
    char took[32];
    if (!prepared->expires || left > 0)
        return 0;
    return err_set(err, ERR_ENVIRONMENT,
                   "prepare: before the rush could begin a token had expired: `%s` of user %s, "
                   "%" PRId64
                   " s ago (its exp); preparing took %s: let tokens live longer, prepare "
                   "faster (preparing.connections, preparing.rate), or send fewer requests",
                   prepared->token, roster_name(engine->run->roster, prepared->whose, &name), -left,
                   units_format_duration(prepared->took, took, sizeof took));
}
