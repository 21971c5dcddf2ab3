#include "apply/settings.h"

#include <stddef.h>
#include <string.h>

#include "apply/strategy.h"
#include "common/program.h"

#define MEMBER(name) offsetof(struct settings, name)
enum { TEN_MILLION = 10000000 };

static const struct opt table[] = {
    {.name = "strategy",
     .letter = 's',
     .type = OPT_TEXT,
     .value = "NAME",
     .def = "kafka",
     .env = "APPLY_STRATEGY",
     .help = "how a request is decided; 'list' explains them",
     .offset = MEMBER(strategy)},
    {.name = "limit",
     .letter = 'n',
     .type = OPT_INT,
     .value = "N",
     .def = "100",
     .env = "APPLY_LIMIT",
     .low = 0,
     .high = INT64_MAX,
     .help = "how many coupons there are",
     .offset = MEMBER(limit)},
    {.name = "listen",
     .letter = 'l',
     .type = OPT_TEXT,
     .value = "HOST:PORT",
     .env = "APPLY_LISTEN",
     .help = "where to listen; port 0 takes a free one and prints it [127.0.0.1 and --port]",
     .offset = MEMBER(listen)},
    {.name = "port",
     .letter = 'p',
     .type = OPT_INT,
     .value = "N",
     .def = "8080",
     .env = "PORT",
     .low = 0,
     .high = 65535,
     .help = "the port when --listen is not given",
     .offset = MEMBER(port)},
    {.name = "redis",
     .type = OPT_TEXT,
     .value = "URL",
     .env = "REDIS_URL",
     .help = "redis://[[USER:]PASSWORD@]HOST[:PORT][/DB] or unix:///PATH",
     .offset = MEMBER(redis_url)},
    PROGRAM_KAFKA(MEMBER(kafka_brokers)),
    PROGRAM_DATABASE(MEMBER(database_url)),
    PROGRAM_TOPIC("APPLY_TOPIC", MEMBER(topic)),
    {.name = "threads",
     .letter = 't',
     .type = OPT_INT,
     .value = "N",
     .def = "2",
     .env = "APPLY_THREADS",
     .low = 1,
     .high = 64,
     .help = "event loops, each with its own listening socket",
     .offset = MEMBER(threads)},
    {.name = "pool",
     .type = OPT_INT,
     .value = "N",
     .def = "5",
     .low = 1,
     .high = 1000,
     .help = "Postgres connections of each event loop",
     .offset = MEMBER(pool)},
    {.name = "pool-queue",
     .type = OPT_INT,
     .value = "N",
     .def = "2000",
     .low = 0,
     .high = TEN_MILLION,
     .help = "requests of each event loop that may wait for a Postgres connection; one more is 503",
     .offset = MEMBER(pool_queue)},
    {.name = "backlog",
     .type = OPT_INT,
     .value = "N",
     .def = "4096",
     .low = 1,
     .high = 65535,
     .help = "connections that may wait to be accepted, for each event loop",
     .offset = MEMBER(backlog)},
    {.name = "body-limit",
     .type = OPT_INT,
     .value = "BYTES",
     .def = "4096",
     .low = 0,
     .high = TEN_MILLION,
     .help = "a larger body is 413",
     .offset = MEMBER(body_limit)},
    {.name = "idle-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "60s",
     .help = "a connection on which nothing happens is closed",
     .offset = MEMBER(idle_timeout)},
    {.name = "request-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "10s",
     .help = "a request that has begun to arrive and is not answered by then is cut off",
     .offset = MEMBER(request_timeout)},
    {.name = "redis-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "2s",
     .help = "silence after which a Redis connection is given up",
     .offset = MEMBER(redis_timeout)},
    {.name = "database-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "5s",
     .help = "a request's wait for Postgres, the queue included; then 503",
     .offset = MEMBER(database_timeout)},
    {.name = "delivery-timeout",
     .type = OPT_DURATION,
     .value = "D",
     .def = "30s",
     .help = "strategy kafka: a record that is not delivered by then has failed",
     .offset = MEMBER(delivery_timeout)},
    {.name = "grace",
     .type = OPT_DURATION,
     .value = "D",
     .def = "10s",
     .help = "how long SIGTERM waits for requests in flight and for the producer",
     .offset = MEMBER(grace)},
    {.name = "no-relay",
     .type = OPT_FLAG,
     .help = "strategy exact: leave the outbox to 'apply-service relay'",
     .offset = MEMBER(no_relay)},
    PROGRAM_LOG_LEVEL("APPLY_LOG_LEVEL", MEMBER(log_level)),
    OPTS_PROGRAM_ROWS(struct settings),
};

const struct opts settings_opts = {
    .program = "apply-service",
    .usage = "[relay] [OPTION…]",
    .brief = "First come, first served: POST /apply?userId=N is answered 202 with a rank while "
             "coupons last, 410 afterwards.",
    .details =
        "With 'relay' as the first word nothing is served: the process only publishes the outbox "
        "of\n"
        "strategy exact.\n\n"
        "Answers: 202 accepted, 410 sold_out, 409 already_applied, 400 with a reason, 404, 405, "
        "413,\n"
        "503 when a dependency is down. GET /healthz, /readyz (503 until every dependency "
        "answers)\n"
        "and /metrics (Prometheus).\n\n"
        "SIGTERM and SIGINT stop accepting, answer what is in flight, flush the producer, exit 0.\n"
        "Exit codes: 0 stopped, 3 usage, 4 a port or a setting of this machine.",
    .table = table,
    .count = sizeof table / sizeof *table,
};

/* NEEDS_RELAY stands for Kafka here: the relay is what needs it. */
static const struct {
    unsigned need;
    const char *option, *env;
    size_t offset;
} stores[] = {
    {NEEDS_REDIS, "redis", "REDIS_URL", MEMBER(redis_url)},
    {NEEDS_KAFKA | NEEDS_RELAY, "kafka", "KAFKA_BROKERS", MEMBER(kafka_brokers)},
    {NEEDS_POSTGRES, "database", "DATABASE_URL", MEMBER(database_url)},
};

static int check_stores(const struct settings *settings, unsigned needs, struct err *err)
{
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        const char *given = *(const char *const *)((const char *)settings + stores[i].offset);
        if ((needs & stores[i].need) && (!given || !*given))
            return err_set(err, ERR_USAGE, "strategy %s needs --%s or %s", settings->strategy,
                           stores[i].option, stores[i].env);
    }
    return 0;
}

static int check(const struct settings *settings, struct err *err)
{
    const struct strategy *strategy = strategy_find(settings->strategy);
    if (!strategy)
        return err_set(err, ERR_USAGE,
                       "--strategy: '%s' is not known; '--strategy list' explains them",
                       settings->strategy);
    unsigned needs = strategy->needs;
    if (settings->no_relay)
        needs &= ~(unsigned)NEEDS_RELAY;
    return check_stores(settings, needs, err);
}

int settings_parse(int argc, char **argv, struct settings *ret_settings, struct err *err)
{
    struct settings settings = {0};
    int word = argc > 1 && !strcmp(argv[1], "relay");
    int rest;
    int rc = opts_parse(&settings_opts, argc - word, argv + word, &settings, &rest, err);
    if (rc)
        return rc;
    settings.relay_only = word;
    if (word)
        settings.strategy = strategy_exact.name;
    if (rest < argc - word)
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", argv[word + rest]);
    if (!settings.help && !settings.man && !settings.version &&
        strcmp(settings.strategy, "list") != 0) {
        rc = check(&settings, err);
        if (rc)
            return rc;
    }
    *ret_settings = settings;
    return 0;
}
