/* Runs the stories named on the command line, or all: "ok - name" a line, and the sum at the end.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stories.h"

struct servers servers;

static const char *story; /* the one that runs */
static int failures;      /* its own */

bool story_check(bool condition, const char *file, int line, const char *format, ...)
{
    if (condition)
        return true;
    if (!failures++)
        printf("not ok - %s\n", story);
    va_list args;
    va_start(args, format);
    printf("#   %s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    return false;
}

enum needs {
    NEEDS_NOTHING = 0,
    NEEDS_REDIS = 1,
    NEEDS_POSTGRES = 2,
    NEEDS_MYSQL = 4,
    NEEDS_KAFKA = 8,
    NEEDS_POOL = 16
};

static const struct {
    const char *name;
    unsigned needs;
    void (*tell)(void);
} stories[] = {
    {"source_returns_jobs", NEEDS_NOTHING, story_source_returns_jobs},
    {"source_abandons_late_jobs", NEEDS_NOTHING, story_source_abandons_late_jobs},
    {"source_closes_while_blocked", NEEDS_NOTHING, story_source_closes_while_blocked},
    {"source_under_load", NEEDS_NOTHING, story_source_under_load},
    {"pipeline_from_end_to_end", NEEDS_REDIS | NEEDS_POSTGRES, story_pipeline_from_end_to_end},
    {"kafka_offsets_and_records", NEEDS_NOTHING, story_kafka_offsets_and_records},
    {"kafka_topic_that_comes_later", NEEDS_NOTHING, story_kafka_topic_that_comes_later},
    {"kafka_broker_down_and_up", NEEDS_NOTHING, story_kafka_broker_down_and_up},
    {"kafka_records_that_wait", NEEDS_NOTHING, story_kafka_records_that_wait},
    {"kafka_broker_away_at_the_end", NEEDS_NOTHING, story_kafka_broker_away_at_the_end},
    {"kafka_dead_letters_in_an_envelope", NEEDS_NOTHING, story_kafka_dead_letters_in_an_envelope},
    {"apache_topic_that_is_not_there", NEEDS_KAFKA, story_apache_topic_that_is_not_there},
    {"apache_topic_that_may_not_be_read", NEEDS_KAFKA, story_apache_topic_that_may_not_be_read},
    {"apache_transactions_leave_no_lag", NEEDS_KAFKA, story_apache_transactions_leave_no_lag},
    {"postgres_reads_and_counts", NEEDS_POSTGRES, story_postgres_reads_and_counts},
    {"postgres_subtracts", NEEDS_POSTGRES, story_postgres_subtracts},
    {"postgres_refuses_writes", NEEDS_POSTGRES, story_postgres_refuses_writes},
    {"postgres_reconnects", NEEDS_POSTGRES, story_postgres_reconnects},
    {"postgres_names_what_is_wrong", NEEDS_POSTGRES, story_postgres_names_what_is_wrong},
    {"postgres_cost", NEEDS_POSTGRES, story_postgres_cost},
    {"postgres_cost_of_a_connection_that_stays", NEEDS_POSTGRES,
     story_postgres_cost_of_a_connection_that_stays},
    {"postgres_last_commit", NEEDS_POSTGRES, story_postgres_last_commit},
    {"redis_values", NEEDS_REDIS, story_redis_values},
    {"redis_structures_are_rows", NEEDS_REDIS, story_redis_structures_are_rows},
    {"redis_rows_name_what_is_wrong", NEEDS_REDIS, story_redis_rows_name_what_is_wrong},
    {"redis_behind_tls", NEEDS_REDIS, story_redis_behind_tls},
    {"redis_user_who_may_only_read", NEEDS_REDIS, story_redis_user_who_may_only_read},
    {"redis_stream_of_a_group", NEEDS_REDIS, story_redis_stream_of_a_group},
    {"redis_stream_without_a_lag", NEEDS_REDIS, story_redis_stream_without_a_lag},
    {"redis_stream_without_acknowledgement", NEEDS_REDIS,
     story_redis_stream_without_acknowledgement},
    {"redis_queues_that_are_not_empty", NEEDS_REDIS, story_redis_queues_that_are_not_empty},
    {"redis_queues_name_what_is_wrong", NEEDS_REDIS, story_redis_queues_name_what_is_wrong},
    {"expectations", NEEDS_REDIS | NEEDS_POSTGRES, story_expectations},
    {"mysql_reads_and_counts", NEEDS_MYSQL, story_mysql_reads_and_counts},
    {"mysql_names_what_is_wrong", NEEDS_MYSQL, story_mysql_names_what_is_wrong},
    {"postgres_ids_by_column", NEEDS_POSTGRES, story_postgres_ids_by_column},
    {"mysql_ids_by_column", NEEDS_MYSQL, story_mysql_ids_by_column},
    {"mysql_says_what_cannot_be_read", NEEDS_MYSQL, story_mysql_says_what_cannot_be_read},
    {"postgres_in_a_pool", NEEDS_POOL, story_postgres_in_a_pool},
    {"postgres_defaults_change_nothing", NEEDS_POSTGRES, story_postgres_defaults_change_nothing},
    {"postgres_only_reads", NEEDS_POSTGRES, story_postgres_only_reads},
    {"mysql_defaults_change_nothing", NEEDS_MYSQL, story_mysql_defaults_change_nothing},
    {"mysql_only_reads", NEEDS_MYSQL, story_mysql_only_reads},
    {"mysql_by_address", NEEDS_MYSQL, story_mysql_by_address},
    {"redis_only_reads", NEEDS_REDIS, story_redis_only_reads},
    {"redis_by_address", NEEDS_REDIS, story_redis_by_address},
    {"mute_servers_do_not_hang", NEEDS_NOTHING, story_mute_servers_do_not_hang},
    {"blocked_postgres_is_named", NEEDS_POSTGRES, story_blocked_postgres_is_named},
};

static bool is_named(const char *name, int argc, char **argv)
{
    bool named = argc < 2;
    for (int i = 1; i < argc; i++)
        named |= !strcmp(argv[i], name);
    return named;
}

static void read_servers(void)
{
    servers.redis = getenv("PROBE_REDIS");
    servers.postgres = getenv("PROBE_POSTGRES");
    servers.kafka = getenv("PROBE_PIPELINE");
    servers.mysql = getenv("PROBE_MYSQL");
    servers.mysql_socket = getenv("PROBE_MYSQL_SOCKET");
    servers.mysql_port = getenv("PROBE_MYSQL_PORT");
    servers.redis_port = getenv("PROBE_REDIS_PORT");
    servers.pool = getenv("PROBE_POOL");
    const char *pid = getenv("PROBE_POSTGRES_PID");
    servers.postgres_pid = pid ? atol(pid) : 0;
}

/* A probe that hangs is a failed test, which says its name, not a hanging one. */
static void hangs(int signal)
{
    (void)signal;
    const char *const words[] = {"not ok - ", story, "\n#   it hangs\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (write(STDOUT_FILENO, words[i], strlen(words[i])) < 0)
            break;
    _exit(1);
}

/* Whether it holds. */
static bool tell(const char *name, void (*tell_it)(void))
{
    story = name;
    failures = 0;
    alarm(120);
    ns_t began = clock_now();
    tell_it();
    double seconds = (double)(clock_now() - began) / (double)NS_PER_S;
    if (failures)
        printf("#   after %.2f s\n", seconds);
    else
        printf("ok - %s (%.2f s)\n", name, seconds);
    return !failures;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGALRM, hangs);
    read_servers();
    unsigned have = (servers.redis ? NEEDS_REDIS : 0U) | (servers.postgres ? NEEDS_POSTGRES : 0U) |
                    (servers.mysql ? NEEDS_MYSQL : 0U) | (servers.kafka ? NEEDS_KAFKA : 0U) |
                    (servers.pool ? NEEDS_POOL : 0U);
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        if (!is_named(stories[i].name, argc, argv) || (stories[i].needs & ~have))
            continue;
        *(tell(stories[i].name, stories[i].tell) ? &passed : &failed) += 1;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}
