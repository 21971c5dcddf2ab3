#include "apply/ready.h"

#include "apply/loop.h"
#include "apply/producer.h"
#include "apply/relay.h"

static bool redis_up(const struct app *app)
{
    for (size_t i = 0; i < app->loop_count; i++)
        if (!link_up(app->loops[i]->link))
            return false;
    return true;
}

static bool postgres_up(const struct app *app)
{
    for (size_t i = 0; i < app->loop_count; i++)
        if (!counter_get(&app->loops[i]->pool_counts.connected))
            return false;
    return true;
}

static bool kafka_up(const struct app *app)
{
    return producer_ready(app->producer);
}

/* A row a dependency; a new strategy that needs something else adds one. */
static const struct {
    unsigned need;
    const char *name;
    bool (*up)(const struct app *app);
} dependencies[] = {
    {NEEDS_REDIS, "redis", redis_up},
    {NEEDS_KAFKA, "kafka", kafka_up},
    {NEEDS_POSTGRES, "postgres", postgres_up},
};

bool ready_describe(const struct app *app, struct buf *out)
{
    bool ready = true;
    bool up[sizeof dependencies / sizeof *dependencies];
    for (size_t i = 0; i < sizeof dependencies / sizeof *dependencies; i++) {
        up[i] = !(app->strategy->needs & dependencies[i].need) || dependencies[i].up(app);
        ready &= up[i];
    }
    buf_addf(out, "{\"status\":\"%s\",\"strategy\":\"%s\"", ready ? "ready" : "not_ready",
             app->strategy->name);
    for (size_t i = 0; i < sizeof dependencies / sizeof *dependencies; i++)
        if (app->strategy->needs & dependencies[i].need)
            buf_addf(out, ",\"%s\":\"%s\"", dependencies[i].name, up[i] ? "up" : "down");
    /* The relay is told of, and not asked for: what is accepted while it waits is safe in the
     * outbox. */
    if (app->relay)
        buf_addf(out, ",\"relay\":\"%s\"",
                 counter_get(&relay_counts(app->relay)->working) ? "working" : "waiting");
    buf_adds(out, "}");
    return ready;
}
