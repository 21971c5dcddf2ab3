/* What coupon-consumer was told on its command line and in its environment. Read only after start.
 */
#ifndef CONSUMER_SETTINGS_H
#define CONSUMER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/opts.h"

struct settings {
    const char *kafka_brokers;
    const char *database_url;
    const char *topic;
    const char *group;
    int64_t batch; /* 0: row by row */
    bool exactly_once;
    ns_t linger; /* of a batch that has a record */
    ns_t row_delay;
    int64_t pause_after; /* rows; 0: never */
    ns_t pause_for;      /* 0: until SIGUSR1 */
    ns_t session_timeout;
    ns_t statement_timeout;
    ns_t grace;
    const char *metrics_listen; /* or NULL */
    const char *log_level;
    bool help;
    bool man;
    bool version;
    bool retry_failed; /* the subcommand */
};

extern const struct opts settings_opts;

/* argv[1] may be the subcommand. Errors: ERR_USAGE. */
int settings_parse(int argc, char **argv, struct settings *ret_settings, struct err *err)
    __attribute__((warn_unused_result));

#endif
