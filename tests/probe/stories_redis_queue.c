/* Queues in Redis: what a stream tells of its group, and what a list does not. */
#include <string.h>

#include "stories.h"

static void from_queue(struct world *world, enum pipeline_type kind)
{
    static char wins[] = "q:wins", jobs[] = "q:jobs", active[] = "q:active", savers[] = "savers";
    bool stream = kind == PIPELINE_redis_stream;
    world_init(world);
    world->topics[0] = stream ? wins : jobs;
    world->topics[1] = active;
    world->pipeline = (struct spec_pipeline){.kind = kind,
                                             .queues = world->topics,
                                             .queues_count = stream ? 1 : 2,
                                             .group = stream ? savers : NULL,
                                             .value = VALUE_TEXT};
    world->pipeline.url = (char *)(uintptr_t)servers.redis;
    world->scenario.evidence.pipeline = &world->pipeline;
    redis_do("FLUSHALL", "SYNC", NULL);
}

/* What the stream's lane and its records must be. */
static void stands(struct world *world, int64_t committed, int64_t end, int64_t records, bool depth)
{
    world_sample(world, PROBE_PIPELINE | PROBE_SAVED, BUSY);
    if (!check(world->sample.lanes_count == 1, "%u lanes, %s", world->sample.lanes_count,
               probes_pipeline_trouble(world->probes)))
        return;
    check_eq(world->sample.lanes[0].committed, committed);
    check_eq(world->sample.lanes[0].end, end);
    check_eq(world->sample.records, records);
    check_eq((world->sample.flags & SAMPLE_DEPTH_ONLY) != 0, depth);
}

void story_redis_stream_of_a_group(void)
{
    struct world world;
    from_queue(&world, PIPELINE_redis_stream);
    if (world_open(&world)) {
        redis_do("XADD q:wins 1-1 user_id", "7", NULL);
        stands(&world, COMMITTED_UNDEFINED, 1, 1, false); /* the group is not there yet */
        redis_do("XGROUP CREATE q:wins savers", "0", NULL);
        redis_do("XADD q:wins 2-1 user_id", "8", NULL);
        redis_do("XADD q:wins 3-1 user_id", "9", NULL);
        stands(&world, 0, 3, 3, false);
        redis_do("XREADGROUP GROUP savers one COUNT 2 STREAMS q:wins", ">", NULL);
        stands(&world, 0, 3, 3, false); /* given to it, and pending */
        redis_do("XACK q:wins savers 1-1", "2-1", NULL);
        stands(&world, 2, 3, 3, false);
        redis_do("XREADGROUP GROUP savers one STREAMS q:wins", ">", NULL);
        redis_do("XACK q:wins savers", "3-1", NULL);
        stands(&world, 3, 3, 3, false);
        world_collect(&world);
        check(world.evidence.produced.known && world.evidence.produced.count == 3 &&
                  world.evidence.produced.v[2].user == 9,
              "records: %s", world.evidence.produced.reason);
    }
    world_close(&world);
}

/* The server keeps no lag once an entry behind the group was deleted: that is not 0. */
void story_redis_stream_without_a_lag(void)
{
    struct world world;
    from_queue(&world, PIPELINE_redis_stream);
    redis_do("XGROUP CREATE q:wins savers 0", "MKSTREAM", NULL);
    if (world_open(&world)) {
        redis_do("XADD q:wins 1-1 user_id", "7", NULL);
        redis_do("XADD q:wins 2-1 user_id", "8", NULL);
        redis_do("XADD q:wins 3-1 user_id", "9", NULL);
        stands(&world, 0, 3, 3, false);
        redis_do("XDEL q:wins", "2-1", NULL);
        stands(&world, 1, 3, 3, false); /* two wait, and the third will come to nobody */
        redis_do("XADD q:wins 4-1 user_id", "6", NULL);
        redis_do("XADD q:wins 5-1 user_id", "5", NULL);
        redis_do("XDEL q:wins", "5-1", NULL);
        stands(&world, 2, 5, COUNT_UNKNOWN, false); /* three wait; one was never seen */
        world_collect(&world);
        check(!world.evidence.produced.known && strstr(world.evidence.produced.reason, "deleted"),
              "records: %s", world.evidence.produced.reason);
    }
    world_close(&world);
}

/* Whoever reads without acknowledging leaves nothing pending, saved or not. */
void story_redis_stream_without_acknowledgement(void)
{
    struct world world;
    from_queue(&world, PIPELINE_redis_stream);
    redis_do("XGROUP CREATE q:wins savers 0", "MKSTREAM", NULL);
    if (world_open(&world)) {
        redis_do("XADD q:wins 1-1 user_id", "7", NULL);
        stands(&world, 0, 1, 1, false);
        redis_do("XREADGROUP GROUP savers one NOACK STREAMS q:wins", ">", NULL);
        stands(&world, 1, 1, 1, true);
    }
    world_close(&world);
}

void story_redis_queues_that_are_not_empty(void)
{
    struct world world;
    struct probe_before before = {0};
    from_queue(&world, PIPELINE_redis_stream);
    redis_do("XADD q:wins 1-1 user_id", "7", NULL);
    redis_do("XADD q:wins 2-1 user_id", "8", NULL);
    redis_do("XGROUP CREATE q:wins savers", "1-1", NULL);
    if (world_open(&world)) {
        probes_before(world.probes, &before);
        check_eq(before.waiting, 1);
        stands(&world, 1, 2, 0, false); /* those of before are not the run's */
    }
    world_close(&world);
    from_queue(&world, PIPELINE_redis_list);
    redis_do("LPUSH q:jobs", "7 8", NULL);
    redis_do("ZADD q:active 1", "9", NULL);
    if (world_open(&world)) {
        probes_before(world.probes, &before);
        check_eq(before.waiting, 3);
        redis_do("RPOP q:jobs", "2", NULL);
        world_sample(&world, PROBE_PIPELINE, BUSY);
        check(world.sample.flags & SAMPLE_DEPTH_ONLY, "more is known than how many wait");
        check_eq(sample_lag(&world.sample), 1);
    }
    world_close(&world);
}

void story_redis_queues_name_what_is_wrong(void)
{
    struct world world;
    from_queue(&world, PIPELINE_redis_stream);
    redis_do("SET", "q:wins", "x");
    world_must_fail(&world, "q:wins at unix://", BUSY);
    check(strstr(world.err.message, "WRONGTYPE"), "%s", world.err.message);
    world_close(&world);
    from_queue(&world, PIPELINE_redis_list);
    redis_do("SET", "q:active", "x");
    world_must_fail(&world, "is a string, and a queue is a list", BUSY);
    world_close(&world);
    from_queue(&world, PIPELINE_redis_list);
    world.pipeline.url = (char *)(uintptr_t) "redis://127.0.0.1:1";
    world_must_fail(&world, "redis_list: q:jobs at redis://127.0.0.1:1: connecting", 2 * BUSY);
    world_close(&world);
}
