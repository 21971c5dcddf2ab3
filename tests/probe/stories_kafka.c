/* Offsets, records and the whole pipeline, on the mock cluster. */
#include <string.h>

#include "stories.h"
#include "verify/drain.h"

#define TOPIC "coupon_create"

static const struct lane_reading *partition(const struct world *world, int number)
{
    for (uint32_t i = 0; i < world->sample.lanes_count; i++)
        if (world->sample.lanes[i].lane == number)
            return &world->sample.lanes[i];
    check(false, "partition %d is not in the sample", number);
    static const struct lane_reading none;
    return &none;
}

void story_kafka_offsets_and_records(void)
{
    struct cluster *cluster = cluster_new();
    cluster_topic(cluster, TOPIC, 3);
    cluster_produce(cluster, TOPIC, 0, 4711); /* before the run: not its record */
    struct world world;
    world_init(&world);
    world_pipeline(&world, cluster);
    if (world_open(&world)) {
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED | PROBE_MEMBERS, BUSY);
        check_eq(world.sample.flags, 0);
        check_eq(world.sample.lanes_count, 3);
        check_eq(world.sample.records, 0);
        check_eq(world.sample.members, COUNT_UNKNOWN); /* the mock cluster cannot say */
        check_eq(partition(&world, 0)->end, 1);
        check_eq(partition(&world, 0)->committed, COMMITTED_UNDEFINED);

        for (int i = 0; i < 100; i++)
            cluster_produce(cluster, TOPIC, i % 3, i ? INT64_MAX - i : INT64_MIN);
        cluster_produce_bytes(cluster, TOPIC, 1, "hello", 5);
        cluster_produce_bytes(cluster, TOPIC, 2, NULL, 0);
        cluster_commit(cluster, TOPIC, 0, 20);
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED, BUSY);
        check_eq(world.sample.records, 102);
        check_eq(partition(&world, 0)->committed, 20);
        check_eq(partition(&world, 0)->end, 35);
        check_eq(partition(&world, 1)->end, 34);
        check_eq(partition(&world, 2)->committed, COMMITTED_UNDEFINED);
        check(world.sample.committed_at <= world.sample.ends_at &&
                  world.sample.ends_at <= world.sample.at,
              "the order of the reads");
        /* Without PROBE_SAVED no records are looked at, and the poll is quick. */
        world_sample(&world, PROBE_PIPELINE, BUSY);
        check_eq(world.sample.records, COUNT_UNKNOWN);

        world_collect(&world);
        check(world.evidence.produced.known, "the records were read");
        check_eq(world.evidence.produced.count, 102);
        size_t undecoded = 0, lowest = 0;
        for (size_t i = 0; i < world.evidence.produced.count; i++) {
            const struct produced_record *record = &world.evidence.produced.v[i];
            undecoded += !record->decoded;
            lowest += record->decoded && record->user == INT64_MIN;
            check(record->user != 4711, "a record from before the run");
        }
        check_eq(undecoded, 2);
        check_eq(lowest, 1);
        check(!world.evidence.dead_letter.known, "there is no dead-letter topic");
    }
    world_close(&world);
    cluster_free(cluster);
}

static void expect_waiting(struct world *world, int64_t waiting, bool uncommitted)
{
    struct probe_before before;
    check_eq(probes_baseline(world->probes, &world->evidence, SOON, &world->err), 0);
    probes_before(world->probes, &before);
    check_eq(before.waiting, waiting);
    check_eq(before.uncommitted, uncommitted);
}

/* What an earlier round left unread, and that the run begins anew when it is gone. */
void story_kafka_records_that_wait(void)
{
    struct cluster *cluster = cluster_new();
    cluster_topic(cluster, TOPIC, 2);
    struct world world;
    world_init(&world);
    world_pipeline(&world, cluster);
    if (world_open(&world)) {
        expect_waiting(&world, 0, false);
        for (int i = 0; i < 3; i++)
            cluster_produce(cluster, TOPIC, 0, i);
        expect_waiting(&world, 3, true); /* a group that begins at the earliest would take them */
        cluster_commit(cluster, TOPIC, 0, 1);
        expect_waiting(&world, 2, false);
        cluster_commit(cluster, TOPIC, 0, 3);
        expect_waiting(&world, 0, false);
        cluster_produce(cluster, TOPIC, 1, 7);
        world_collect(&world);
        check_eq(world.evidence.produced.count, 1); /* those of before are not the run's */
        check(world.evidence.produced.asked > 0, "it is known since when");
    }
    world_close(&world);
    /* The same for a probe that comes when they wait already. */
    cluster_commit(cluster, TOPIC, 0, 1);
    cluster_commit(cluster, TOPIC, 1, 1);
    world_init(&world);
    world_pipeline(&world, cluster);
    if (world_open(&world)) {
        expect_waiting(&world, 2, false);
        world_collect(&world);
        check(world.evidence.produced.known, "the records were read");
        check_eq(world.evidence.produced.count, 0);
    }
    world_close(&world);
    cluster_free(cluster);
}

/* The mock cluster makes a topic as soon as it is asked for, so this one begins empty and without
 * the four partitions being known to anybody else. */
void story_kafka_topic_that_comes_later(void)
{
    struct cluster *cluster = cluster_new();
    struct world world;
    world_init(&world);
    world_pipeline(&world, cluster);
    world.pipeline.dead_letter = (char *)(uintptr_t) "coupon_create.DLT";
    if (world_open(&world)) {
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED, BUSY);
        check_eq(world.sample.flags, 0);
        cluster_produce(cluster, TOPIC, 0, 1);
        cluster_produce(cluster, "coupon_create.DLT", 1, 2);
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED, BUSY);
        check_eq(world.sample.records, 1);
        check_eq(partition(&world, 0)->end, 1);
        world_collect(&world);
        check_eq(world.evidence.produced.count, 1);
        check_eq(world.evidence.dead_letter.count, 1);
    }
    world_close(&world);
    cluster_free(cluster);
}

void story_kafka_broker_down_and_up(void)
{
    struct cluster *cluster = cluster_new();
    cluster_topic(cluster, TOPIC, 1);
    struct world world;
    world_init(&world);
    world_pipeline(&world, cluster);
    if (world_open(&world)) {
        cluster_produce(cluster, TOPIC, 0, 1);
        cluster_down(cluster, true);
        world_sample(&world, PROBE_PIPELINE | PROBE_SAVED, 300 * MS);
        check(world.sample.flags & SAMPLE_PIPELINE_BLOCKED, "nobody can have answered");
        check_eq(world.sample.lanes_count, 0);
        check_eq(world.sample.committed_at, 0);
        cluster_down(cluster, false);
        ns_t deadline = clock_now() + 20 * NS_PER_S;
        do
            world_sample(&world, PROBE_PIPELINE | PROBE_SAVED, 300 * MS);
        while (world.sample.records != 1 && clock_now() < deadline);
        check_eq(world.sample.records, 1);
        check_eq(world.sample.flags, 0);
    }
    world_close(&world);
    cluster_free(cluster);
}

/* What cannot be read says why, and where. */
void story_kafka_broker_away_at_the_end(void)
{
    struct cluster *cluster = cluster_new();
    cluster_topic(cluster, TOPIC, 1);
    struct world world;
    world_init(&world);
    world_pipeline(&world, cluster);
    world.pipeline.dead_letter = (char *)(uintptr_t) "coupon_create.DLT";
    if (world_open(&world)) {
        cluster_produce(cluster, TOPIC, 0, 1);
        cluster_down(cluster, true);
        ns_t deadline = clock_now() + 20 * NS_PER_S;
        do
            world_sample(&world, PROBE_PIPELINE, 300 * MS);
        while (!strstr(probes_pipeline_trouble(world.probes), "refused") && clock_now() < deadline);
        check(strstr(probes_pipeline_trouble(world.probes), "at 127.0.0.1:"), "trouble: %s",
              probes_pipeline_trouble(world.probes));
        world_collect(&world);
        check(!world.evidence.produced.known && !world.evidence.dead_letter.known, "not known");
        check(strstr(world.evidence.produced.reason, "at 127.0.0.1:"), "reason: %s",
              world.evidence.produced.reason);
        check(strstr(world.evidence.dead_letter.reason, "at 127.0.0.1:"), "reason: %s",
              world.evidence.dead_letter.reason);
    }
    world_close(&world);
    cluster_free(cluster);
}

/* Dead letters often carry another envelope than the records that they were. */
void story_kafka_dead_letters_in_an_envelope(void)
{
    static const char letter[] = "{\"error\": \"no\", \"event\": {\"user\": 812}}";
    struct cluster *cluster = cluster_new();
    cluster_topic(cluster, TOPIC, 1);
    cluster_topic(cluster, "dead", 1);
    for (int own = 0; own < 2; own++) {
        struct world world;
        world_init(&world);
        world_pipeline(&world, cluster);
        world.pipeline.dead_letter = (char *)(uintptr_t) "dead";
        if (own) {
            world.pipeline.dead_letter_value = VALUE_JSON;
            world.pipeline.dead_letter_pointer = (char *)(uintptr_t) "/event/user";
        }
        if (world_open(&world)) {
            cluster_produce(cluster, TOPIC, 0, 812);
            cluster_produce_bytes(cluster, "dead", 0, letter, sizeof letter - 1);
            world_collect(&world);
            check_eq(world.evidence.dead_letter.count, 1);
            check_eq(world.evidence.produced.v[0].decoded, true);
            check_eq(world.evidence.dead_letter.v[0].decoded, own);
            check_eq(world.evidence.dead_letter.v[0].user, own ? 812 : 0);
            check(own == !world.evidence.dead_letter.undecoded[0], "undecoded");
        }
        world_close(&world);
    }
    cluster_free(cluster);
}

/* A consumer's work by hand: rows, then commits, while the drain looks at it. */
void story_pipeline_from_end_to_end(void)
{
    postgres_do(
        "SET client_min_messages = error; DROP TABLE IF EXISTS coupon, failed_event;"
        "CREATE TABLE coupon (id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint);"
        "CREATE TABLE failed_event (id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint)");
    redis_do("SET", "coupon_count", "7");
    struct cluster *cluster = cluster_new();
    cluster_topic(cluster, TOPIC, 2);
    struct world world;
    world_init(&world);
    world_pipeline(&world, cluster);
    world_coupons(&world, "SELECT user_id, id FROM coupon ORDER BY id");
    world_parked(&world, "SELECT user_id, id FROM failed_event ORDER BY id");
    world_counter(&world, "coupon_count");
    const unsigned all = PROBE_PIPELINE | PROBE_ROWS | PROBE_SAVED | PROBE_COUNTER;
    if (world_open(&world)) {
        struct drain *drain = drain_new(&world.scenario, NULL);
        struct drain_facts facts = {.accepted = COUNT_UNKNOWN};
        check(run_server(&world.run, "postgres")->version[0] &&
                  run_server(&world.run, "redis")->version[0],
              "versions are known");
        check_eq(world.evidence.counter.before, 7);
        world_sample(&world, all, BUSY);
        world.sample.flags |= SAMPLE_BASELINE;
        drain_feed(drain, &world.sample, &facts);

        for (int i = 0; i < 10; i++)
            cluster_produce(cluster, TOPIC, i % 2, i);
        redis_do("SET", "coupon_count", "17");
        facts = (struct drain_facts){.settled = clock_now(), .accepted = 10};
        world_sample(&world, all, BUSY);
        check_eq(world.sample.rows, 0);
        check_eq(world.sample.unsaved, 10);
        check_eq(world.sample.counter.value, 17);
        check_eq(drain_feed(drain, &world.sample, &facts), DRAIN_CONTINUE);

        postgres_do("INSERT INTO coupon (user_id) SELECT g FROM generate_series(0, 8) g");
        cluster_commit(cluster, TOPIC, 0, 5);
        cluster_commit(cluster, TOPIC, 1, 5);
        world_sample(&world, all, BUSY);
        check_eq(world.sample.rows, 9);
        check_eq(world.sample.saved, 9);
        check_eq(world.sample.unsaved, 1);
        check_eq(drain_feed(drain, &world.sample, &facts), DRAIN_CONTINUE);

        postgres_do("INSERT INTO failed_event (user_id) VALUES (9)");
        enum drain_step step = DRAIN_CONTINUE;
        for (int i = 0; i < 10 && step == DRAIN_CONTINUE; i++) {
            world_sample(&world, all, BUSY);
            step = drain_feed(drain, &world.sample, &facts);
        }
        struct drain_result result = {0};
        drain_result(drain, &result);
        check(result.outcome == DRAIN_DRAINED, "%s: %s", drain_outcome_name(result.outcome),
              result.gates);
        check_eq(world.sample.parked, 1);
        check_eq(world.sample.saved, 10);
        drain_free(drain);
        world_collect(&world);
        check_eq(world.evidence.coupons.count, 9);
        check_eq(world.evidence.parked.count, 1);
        check_eq(world.evidence.counter.after, 17);
        probes_cost(world.probes, &result);
        check(result.polls_postgres > 5 && result.polls_pipeline > 5 &&
                  result.poll_cost_pipeline > 0,
              "polls are counted");
    }
    world_close(&world);
    cluster_free(cluster);
}
