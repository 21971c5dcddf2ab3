/* What apply-service was told on its command line and in its environment. Read only after start. */
#ifndef APPLY_SETTINGS_H
#define APPLY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/opts.h"

struct settings {
    const char *strategy;
    const char *listen; /* HOST:PORT, or NULL: 127.0.0.1 and port */
    int64_t port;
    const char *redis_url;
    const char *kafka_brokers;
    const char *database_url;
    const char *topic;
    int64_t limit;
    int64_t threads;       /* event loops */
    int64_t pool;          /* Postgres connections of one loop */
    int64_t pool_queue;    /* requests of one loop that may wait for a connection */
    int64_t backlog;       /* of each listening socket */
    int64_t body_limit;    /* bytes */
    ns_t idle_timeout;     /* a connection on which nothing happens */
    ns_t request_timeout;  /* from a request's first byte to its answer */
    ns_t redis_timeout;    /* silence after which a Redis connection counts as dead */
    ns_t database_timeout; /* a request's whole stay in the pool */
    ns_t delivery_timeout; /* strategy kafka: until a record counts as failed */
    ns_t grace;            /* after SIGTERM */
    const char *log_level;
    bool no_relay;
    bool relay_only; /* the subcommand */
    bool help;
    bool man;
    bool version;
};

extern const struct opts settings_opts;

/* Parses and checks what a table cannot: that the stores which the strategy needs are named.
 * Errors: ERR_USAGE. */
int settings_parse(int argc, char **argv, struct settings *ret_settings, struct err *err)
    __attribute__((warn_unused_result));

#endif
