#include "scenario/names.h"

#include <string.h>

const char names_servers[] = "redis|postgres|kafka";

#define QUANTILES "p50|p90|p99|max"
#define COMPARES  "equals|least|most"

/* X(name, takes, needs) */
#define CHECKS(X)                                                                                  \
    X(response_classified, "at_most", NULL)                                                        \
    X(burst_simultaneous, "", NULL)                                                                \
    X(drained, "", NULL)                                                                           \
    X(cap_safety, "", NULL)                                                                        \
    X(cap_exact, "", NULL)                                                                         \
    X(lost, "", NULL)                                                                              \
    X(parked, "at_most", NULL)                                                                     \
    X(phantom, "", NULL)                                                                           \
    X(unexpected, "", NULL)                                                                        \
    X(duplicate, "at_most", NULL)                                                                  \
    X(counter, "", NULL)                                                                           \
    X(slots_burned, "", NULL)                                                                      \
    X(retry, "", NULL)                                                                             \
    X(fcfs, "", NULL)                                                                              \
    X(fcfs_distance, "at_most", NULL)                                                              \
    X(fcfs_rank, "at_most", NULL)                                                                  \
    X(fcfs_power, "power_percent", NULL)                                                           \
    X(late, "", NULL)                                                                              \
    X(not_vacuous, "", NULL)                                                                       \
    X(latency, QUANTILES, QUANTILES)                                                               \
    X(processes, "", NULL)                                                                         \
    X(errors, "at_most", NULL)                                                                     \
    X(sql, "query|url|" COMPARES, COMPARES)                                                        \
    X(redis, "query|url|" COMPARES, COMPARES)                                                      \
    X(bystander, "at_most|" QUANTILES, "at_most|" QUANTILES)

#define ROW(name, takes, needs)    {#name, takes, needs},
#define CHOICE(name, takes, needs) "|" #name

static const struct check_name checks[] = {CHECKS(ROW)};
static const char choices[] = CHECKS(CHOICE);

const struct check_name *names_checks(size_t *ret_count)
{
    *ret_count = sizeof checks / sizeof *checks;
    return checks;
}

const struct check_name *names_find_check(const char *name)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!strcmp(checks[i].name, name))
            return &checks[i];
    return NULL;
}

const char *names_check_choices(void)
{
    return choices + 1; /* behind the first bar */
}
