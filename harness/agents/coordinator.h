/* The coordinator: a driver of the load that is carried out by agents. It calls the roll, hands the
 * scenario over, sets the commit point, and puts the agents' histories into one, on this machine's
 * clock. Everything goes by one Redis, under the name of a session. */
#ifndef AGENTS_COORDINATOR_H
#define AGENTS_COORDINATOR_H

#include <stdint.h>

#include "load/load.h"

struct coordinator_settings {
    const char *url, *session;
    int64_t agents;
    const char *name, *text; /* of the scenario, as it was written */
    const char *const *sets; /* --set */
    size_t sets_count;
    const char *const *hosts; /* --allow-host */
    size_t hosts_count;
    ns_t wait;          /* for all agents to be there */
    const char *series; /* that it is one of; NULL: it is by itself */
};

/* What of a scenario, of any size of Redis, cannot be carried out so. Errors: ERR_USAGE. */
int coordinator_check(const struct scenario *scenario, const struct coordinator_settings *settings,
                      struct err *err) __attribute__((warn_unused_result));

/* load_away.driver is a struct coordinator_settings. */
extern const struct load_ops load_agents;

#endif
