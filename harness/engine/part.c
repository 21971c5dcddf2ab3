/* A part of a round, on a machine that only sends: the users of a share, their requests, and a load
 * that is ready to be staged. Stores, processes and the verdict are the coordinator's. */
#include "engine/inside.h"

int engine_part_open(const struct scenario *scenario, const struct engine_settings *settings,
                     struct stack *bare, struct run *run, struct engine **ret_engine,
                     struct err *err)
{
    struct engine *engine = engine_new(scenario, settings, bare, run);
    if (!engine)
        return err_set(err, ERR_MEMORY, "no room for a run");
    int rc = people_make(engine, err);
    if (!rc)
        rc = request_expand(engine, err);
    if (!rc)
        rc = requests_check(engine, err);
    if (!rc)
        rc = load_make(engine, err);
    if (!rc)
        rc = people_ready(engine, err);
    if (rc)
        engine_release(engine);
    else
        *ret_engine = engine;
    return rc;
}

struct load *engine_part_load(struct engine *engine)
{
    return engine->load;
}

struct progress *engine_part_progress(struct engine *engine)
{
    return &engine->progress;
}

void engine_part_close(struct engine *engine)
{
    if (engine)
        engine_release(engine);
}
