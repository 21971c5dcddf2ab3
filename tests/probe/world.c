#include <string.h>

#include "stories.h"

void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    run_init(&world->run);
    world->scenario.drain = (struct spec_drain){.timeout = 30 * NS_PER_S,
                                                .rounds = 3,
                                                .quiet = NS_PER_S,
                                                .stall = 3 * NS_PER_S,
                                                .poll_min = MS,
                                                .poll_max = 50 * MS};
    probe_targets_set(&world->targets, "redis", servers.redis);
    probe_targets_set(&world->targets, "postgres", servers.postgres);
}

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant; /* the scenario is only read */
}

void world_coupons(struct world *world, const char *query)
{
    world->coupons.postgres = text(query);
    world->scenario.evidence.coupons = &world->coupons;
}

void world_parked(struct world *world, const char *query)
{
    world->parked.postgres = text(query);
    world->scenario.evidence.parked = &world->parked;
}

void world_counter(struct world *world, const char *command)
{
    world->counter.redis = text(command);
    world->scenario.evidence.counter = &world->counter;
}

void world_pipeline(struct world *world, const struct cluster *cluster)
{
    world->topics[0] = text("coupon_create");
    world->pipeline = (struct spec_pipeline){.queues = world->topics,
                                             .queues_count = 1,
                                             .group = text("group_1"),
                                             .value = VALUE_INT64,
                                             .read_committed = true};
    world->scenario.evidence.pipeline = &world->pipeline;
    probe_targets_set(&world->targets, "kafka", cluster ? cluster_brokers(cluster) : NULL);
}

static int open_it(struct world *world)
{
    int rc =
        probes_open(&world->scenario, &world->targets, &world->run, &world->probes, &world->err);
    if (!rc)
        rc = probes_baseline(world->probes, &world->evidence, SOON, &world->err);
    return rc;
}

bool world_open(struct world *world)
{
    return check(open_it(world) == 0, "%s", world->err.message);
}

void world_must_fail(struct world *world, const char *words, ns_t span)
{
    ns_t began = clock_now();
    check(open_it(world) != 0, "it opened, though '%s' was expected", words);
    check(strstr(world->err.message, words), "'%s' is not in: %s", words, world->err.message);
    check(clock_now() - began <= span + BUSY, "it took %lld ms",
          (long long)((clock_now() - began) / MS));
}

void world_sample(struct world *world, unsigned wants, ns_t span)
{
    ns_t began = clock_now();
    probes_sample(world->probes, wants, began + span, &world->sample);
    ns_t took = clock_now() - began;
    check(took <= span + BUSY, "a sample took %lld ms", (long long)(took / MS));
    check(world->sample.at >= began && world->sample.at <= clock_now(), "its instant is wrong");
}

void world_collect(struct world *world)
{
    check_eq(probes_collect(world->probes, &world->evidence, SOON, &world->err), 0);
}

void world_close(struct world *world)
{
    ns_t began = clock_now();
    probes_close(world->probes);
    check(clock_now() - began < BUSY, "closing took %lld ms",
          (long long)((clock_now() - began) / MS));
    evidence_free(&world->evidence);
    run_free(&world->run);
}
