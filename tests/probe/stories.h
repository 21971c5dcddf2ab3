/* What the probe's stories share. A story is a function that checks as it goes; a failed check is
 * printed, counted, and the story goes on. */
#ifndef TESTS_PROBE_STORIES_H
#define TESTS_PROBE_STORIES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/run.h"
#include "probe/probe.h"

#define MS NS_PER_MS
/* What a busy machine may add to any wait; what hangs, hangs for longer. */
#define BUSY (10 * NS_PER_S)
#define SOON (clock_now() + BUSY) /* a deadline for what takes milliseconds on a quiet one */

/* Counts the check; prints it when it fails. Returns condition. */
bool story_check(bool condition, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define check(condition, ...) story_check((condition), __FILE__, __LINE__, __VA_ARGS__)
#define check_eq(actual, expected)                                                                 \
    __extension__({                                                                                \
        long long got_ = (long long)(actual), want_ = (long long)(expected);                       \
        story_check(got_ == want_, __FILE__, __LINE__, "%s is %lld, not %lld", #actual, got_,      \
                    want_);                                                                        \
    })

/* Addresses of the servers that run.sh has started; NULL: not given, the story is skipped. */
struct servers {
    const char *redis, *postgres, *mysql, *mysql_socket;
    const char *mysql_port, *redis_port; /* on loopback */
    const char *pool;  /* the Postgres through PgBouncer, one session for everybody */
    const char *kafka; /* a real one */
    long postgres_pid;
};
extern struct servers servers;

/* ---- cluster.c: librdkafka's mock cluster in this process, a producer, a group that commits ----
 */

struct cluster;

struct cluster *cluster_new(void);
void cluster_free(struct cluster *cluster);
const char *cluster_brokers(const struct cluster *cluster);
void cluster_topic(struct cluster *cluster, const char *topic, int partitions);
void cluster_produce(struct cluster *cluster, const char *topic, int partition, int64_t user);
void cluster_produce_bytes(struct cluster *cluster, const char *topic, int partition,
                           const void *bytes, size_t size);
void cluster_commit(struct cluster *cluster, const char *topic, int partition, int64_t offset);
void cluster_down(struct cluster *cluster, bool down);

/* ---- server.c ---- */

void postgres_do(const char *sql); /* on servers.postgres; a failure is a failed check */
void pool_do(const char *sql);     /* on servers.pool, as the service would */
/* The first value of a query on a Postgres, in a static text; "" without one. */
const char *postgres_value(const char *url, const char *sql);
void mysql_do(const char *sql); /* on servers.mysql_socket */
void redis_do(const char *command, const char *key, const char *value);
/* Listens on loopback, accepts and never says a word. Returns the descriptor. */
int mute_server(int *ret_port);

/* ---- world.c: a scenario and its probes ---- */

struct world {
    struct scenario scenario; /* points into what follows; set what is needed before world_open */
    struct spec_rows coupons, parked;
    struct spec_counter counter;
    struct spec_pipeline pipeline;
    char *topics[2];
    struct probe_targets targets;
    struct run run;
    struct probes *probes;
    struct evidence evidence;
    struct sample sample;
    struct err err;
};

/* Each adds one thing to the scenario. */
void world_init(struct world *world);
void world_coupons(struct world *world, const char *query);
void world_parked(struct world *world, const char *query);
void world_counter(struct world *world, const char *command);
void world_pipeline(struct world *world, const struct cluster *cluster);

/* Opens and takes the baseline; a failure is a failed check. */
bool world_open(struct world *world);
/* Opens and takes the baseline, which must fail with words in the message, within span. */
void world_must_fail(struct world *world, const char *words, ns_t span);
void world_sample(struct world *world, unsigned wants, ns_t span);
void world_collect(struct world *world);
void world_close(struct world *world);

/* ---- the stories ---- */

void story_source_returns_jobs(void);
void story_source_abandons_late_jobs(void);
void story_source_closes_while_blocked(void);
void story_source_under_load(void);

void story_pipeline_from_end_to_end(void);
void story_kafka_offsets_and_records(void);
void story_kafka_topic_that_comes_later(void);
void story_kafka_broker_down_and_up(void);
void story_kafka_records_that_wait(void);
void story_kafka_broker_away_at_the_end(void);
void story_kafka_dead_letters_in_an_envelope(void);

void story_postgres_reads_and_counts(void);
void story_postgres_subtracts(void);
void story_postgres_refuses_writes(void);
void story_postgres_reconnects(void);
void story_postgres_names_what_is_wrong(void);
void story_postgres_cost(void);
void story_postgres_cost_of_a_connection_that_stays(void);
void story_postgres_last_commit(void);
void story_redis_values(void);
void story_redis_structures_are_rows(void);
void story_redis_rows_name_what_is_wrong(void);
void story_redis_behind_tls(void);
void story_redis_user_who_may_only_read(void);
void story_redis_stream_of_a_group(void);
void story_redis_stream_without_a_lag(void);
void story_redis_stream_without_acknowledgement(void);
void story_redis_queues_that_are_not_empty(void);
void story_redis_queues_name_what_is_wrong(void);
void story_expectations(void);

void story_apache_transactions_leave_no_lag(void);
void story_apache_topic_that_is_not_there(void);
void story_apache_topic_that_may_not_be_read(void);

void story_postgres_in_a_pool(void);
void story_postgres_defaults_change_nothing(void);
void story_postgres_only_reads(void);
void story_mysql_defaults_change_nothing(void);
void story_mysql_only_reads(void);
void story_mysql_by_address(void);
void story_redis_only_reads(void);
void story_redis_by_address(void);

void story_postgres_ids_by_column(void);
void story_mysql_ids_by_column(void);

void story_mysql_reads_and_counts(void);
void story_mysql_names_what_is_wrong(void);
void story_mysql_says_what_cannot_be_read(void);

void story_blocked_postgres_is_named(void);
void story_mute_servers_do_not_hang(void);

#endif
