#include "consumer/settings.h"

#include <stddef.h>
#include <string.h>

#include "common/program.h"

#define MEMBER(name) offsetof(struct settings, name)
enum { BATCH_MAX = 1000000 };

static const struct opt table[] = {
    PROGRAM_KAFKA(MEMBER(kafka_brokers)),
    PROGRAM_DATABASE(MEMBER(database_url)),
    PROGRAM_TOPIC("CONSUMER_TOPIC", MEMBER(topic)),
    {.name = "group",
     .type = OPT_TEXT,
     .value = "NAME",
     .def = "group_1",
     .env = "CONSUMER_GROUP",
     .help = "consumer group",
     .offset = MEMBER(group)},
    {.name = "batch",
     .letter = 'b',
     .type = OPT_INT,
     .value = "N",
     .env = "CONSUMER_BATCH",
     .low = 1,
     .high = BATCH_MAX,
     .help = "insert up to N rows with one statement; without it row by row, a transaction each",
     .offset = MEMBER(batch)},
    {.name = "linger",
     .type = OPT_DURATION,
     .value = "D",
     .help = "how long a batch that has a record waits for more (default: not at all)",
     .offset = MEMBER(linger)},
    {.name = "exactly-once",
     .letter = 'x',
     .type = OPT_FLAG,
     .env = "CONSUMER_EXACTLY_ONCE",
     .help = "a user has one row whatever is delivered again: unique keys, and the offsets in the "
             "same transaction as the rows",
     .offset = MEMBER(exactly_once)},
    {.name = "row-delay",
     .type = OPT_DURATION,
     .value = "D",
     .help = "for lessons: wait before each row",
     .offset = MEMBER(row_delay)},
    {.name = "pause-after",
     .type = OPT_INT,
     .value = "N",
     .low = 0,
     .high = INT64_MAX,
     .help = "for lessons: hold after N rows, once",
     .offset = MEMBER(pause_after)},
    {.name = "pause-for",
     .type = OPT_DURATION,
     .value = "D",
     .help = "how long --pause-after holds; without it until SIGUSR1",
     .offset = MEMBER(pause_for)},
    {.name = "session-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "6s",
     .help = "silence after which the group gives this member's partitions to others (librdkafka's "
             "mock cluster keeps a group waiting for 3s, so no less than 4s there)",
     .offset = MEMBER(session_timeout)},
    {.name = "statement-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "30s",
     .help = "silence of Postgres after which the connection is given up and the work done again",
     .offset = MEMBER(statement_timeout)},
    {.name = "grace",
     .type = OPT_DURATION,
     .value = "D",
     .def = "5s",
     .help = "how long SIGTERM waits for the statement in progress, and then for the broker",
     .offset = MEMBER(grace)},
    {.name = "metrics-listen",
     .type = OPT_TEXT,
     .value = "HOST:PORT",
     .env = "CONSUMER_METRICS_LISTEN",
     .help = "serve GET /metrics (Prometheus) and /healthz there",
     .offset = MEMBER(metrics_listen)},
    PROGRAM_LOG_LEVEL("CONSUMER_LOG_LEVEL", MEMBER(log_level)),
    OPTS_PROGRAM_ROWS(struct settings),
};

const struct opts settings_opts = {
    .program = "coupon-consumer",
    .usage = "[retry-failed] [OPTION…]",
    .brief = "Reads accepted users from the topic and inserts their coupons.",
    .details =
        "Offsets are committed after the rows are. While Postgres is away nothing is committed "
        "and\n"
        "nothing is lost. A row that Postgres refuses is parked in failed_event, a record that is "
        "not\n"
        "8 bytes in malformed_record; neither blocks the partition.\n\n"
        "With 'retry-failed' as the first word nothing is read from Kafka: parked users are moved\n"
        "from failed_event to coupon, each at most once, and the process ends.\n\n"
        "Prints 'assigned TOPIC[PARTITION] …' whenever the group hands out partitions.\n"
        "SIGTERM and SIGINT finish the batch, commit and leave the group; SIGUSR1 ends a hold.\n"
        "Exit codes: 0 stopped, or nothing left to retry; 1 retry-failed: some are refused again;\n"
        "3 usage; 4 a server or a setting of this machine.",
    .table = table,
    .count = sizeof table / sizeof *table,
};

static int check(const struct settings *settings, struct err *err)
{
    if (!settings->database_url || !*settings->database_url)
        return err_set(err, ERR_USAGE, "needs --database or DATABASE_URL");
    if (!settings->retry_failed && (!settings->kafka_brokers || !*settings->kafka_brokers))
        return err_set(err, ERR_USAGE, "needs --kafka or KAFKA_BROKERS");
    if (settings->pause_for && !settings->pause_after)
        return err_set(err, ERR_USAGE, "--pause-for needs --pause-after");
    return 0;
}

int settings_parse(int argc, char **argv, struct settings *ret_settings, struct err *err)
{
    struct settings settings = {0};
    bool retry = argc > 1 && !strcmp(argv[1], "retry-failed");
    int rest;
    int rc = opts_parse(&settings_opts, argc - retry, argv + retry, &settings, &rest, err);
    if (rc)
        return rc;
    settings.retry_failed = retry;
    if (rest < argc - retry)
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", argv[retry + rest]);
    if (!settings.help && !settings.man && !settings.version) {
        rc = check(&settings, err);
        if (rc)
            return rc;
    }
    *ret_settings = settings;
    return 0;
}
