#include "model/agents.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"

int agents_add(struct agents *agents, const struct agent_part *part, struct err *err)
{
    struct agent_part *v = reallocarray(agents->v, agents->count + 1U, sizeof *v);
    if (!v)
        return err_set(err, ERR_MEMORY, "no memory for the agents");
    agents->v = v;
    v[agents->count++] = *part;
    return 0;
}

void agents_free(struct agents *agents)
{
    free(agents->v);
    *agents = (struct agents){0};
}

const struct agent_part *agents_find(const struct agents *agents, int64_t agent, int64_t phase)
{
    for (unsigned i = 0; i < agents->count; i++)
        if (agents->v[i].agent == agent && agents->v[i].phase == phase)
            return &agents->v[i];
    return NULL;
}

ns_t agents_bound(const struct agents *agents)
{
    ns_t bound = 0;
    for (unsigned i = 0; i < agents->count; i++)
        bound = agents->v[i].bound > bound ? agents->v[i].bound : bound;
    return bound;
}

ns_t agents_spread(const struct agents *agents, int64_t phase)
{
    ns_t first = 0, last = 0;
    for (unsigned i = 0; i < agents->count; i++) {
        ns_t at = agents->v[i].first;
        if (agents->v[i].phase != phase || !at)
            continue;
        first = !first || at < first ? at : first;
        last = at > last ? at : last;
    }
    return last - first;
}

const char *agents_describe(const struct agents *agents, char *ret_text, size_t size)
{
    char bound[32], spread[32];
    *ret_text = '\0';
    if (!agents->count)
        return ret_text;
    units_format_duration(agents_bound(agents), bound, sizeof bound);
    units_format_duration(agents_spread(agents, 0), spread, sizeof spread);
    snprintf(ret_text, size, "%u agents, clocks known to %s, first releases within %s",
             agents->size, bound, spread);
    return ret_text;
}

int agents_bind(const struct agents *agents, struct history *history, struct err *err)
{
    int rc = agents->count ? history_bind(history, err) : 0;
    for (unsigned i = 0; !rc && i < agents->count; i++) {
        const struct agent_part *part = &agents->v[i];
        if (part->agent < 1 || part->agent > AGENTS_MAX || part->phase < 0 ||
            part->phase >= HISTORY_PHASES_MAX)
            return err_set(err, ERR_USAGE, "agents: no agent 1 to %d, or no phase 0 to %d",
                           AGENTS_MAX, HISTORY_PHASES_MAX - 1);
        *history_bound_of(history, (unsigned)part->agent, (unsigned)part->phase) = part->bound;
    }
    return rc;
}
