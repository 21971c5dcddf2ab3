/* Agents: the machines that sent a run's requests, where it was not this process. One entry an
 * agent and phase of the load. Plain data; a run owns it. */
#ifndef MODEL_AGENTS_H
#define MODEL_AGENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "model/history.h"

#define AGENTS_MAX HISTORY_AGENTS_MAX

struct agent_part {
    int64_t agent; /* from 1: its rank and one */
    int64_t phase;
    char name[64];    /* of its machine */
    int64_t requests; /* that it sent */
    int64_t offset;   /* of its clock to that of the agents' Redis, at the release */
    ns_t bound;       /* how far its instants may be off, on the clock of that Redis */
    ns_t round_trip;  /* the least that it had to that Redis */
    ns_t agreed;      /* when all were to let go, on this machine's clock */
    ns_t first, last; /* its releases, likewise; 0: it sent nothing */
};

struct agents {
    unsigned size;        /* how many there are; 0: this process sends alone */
    struct agent_part *v; /* owned; by phase, then by agent */
    unsigned count;
};

/* Errors: ERR_MEMORY. */
int agents_add(struct agents *agents, const struct agent_part *part, struct err *err)
    __attribute__((warn_unused_result));
void agents_free(struct agents *agents);

/* The entry of an agent in a phase; NULL: there is none. */
const struct agent_part *agents_find(const struct agents *agents, int64_t agent, int64_t phase);

/* Of all agents: the largest bound, and between the earliest and the latest first release. */
ns_t agents_bound(const struct agents *agents);
ns_t agents_spread(const struct agents *agents, int64_t phase);

/* "4 agents, clocks known to 45 us, first releases within 310 us"; "" where this process sends.
 * Returns ret_text. */
const char *agents_describe(const struct agents *agents, char *ret_text, size_t size);

/* What the entries say of bounds, into the history that the agents filled. Errors: ERR_MEMORY,
 * ERR_USAGE (an entry of an agent or phase that cannot be). */
int agents_bind(const struct agents *agents, struct history *history, struct err *err)
    __attribute__((warn_unused_result));

#endif
