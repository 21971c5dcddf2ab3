/* What can be carried out by agents. */
#include <inttypes.h>

#include "agents/board.h"
#include "agents/coordinator.h"
#include "load/phases/phases.h"

static int check_phase(const struct spec_phase *phase, unsigned index, int64_t agents,
                       struct err *err)
{
    bool asks = phase->kind != LOAD_RETRY && phase->kind != LOAD_PAUSE;
    size_t requests = asks ? phases_requests(phase) : 0;
    if (phase->kind == LOAD_BURST && phase->burst.gate == GATE_FREEZE)
        return err_set(err, ERR_USAGE,
                       "load.%u.burst.gate: freeze stops processes of this machine, and agents are "
                       "elsewhere; allowed with --agents: auto, last-byte, connected, cold, none",
                       index);
    if (asks && requests < (size_t)agents)
        return err_set(err, ERR_USAGE,
                       "load.%u has %zu requests for %" PRId64 " agents: each needs one at least",
                       index, requests, agents);
    return 0;
}

static int refuse(const char *key, const char *why, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "%s does not go with --agents: %s; without --agents this machine sends all of "
                   "the rush",
                   key, why);
}

int coordinator_check(const struct scenario *scenario, const struct coordinator_settings *settings,
                      struct err *err)
{
    int rc = board_check_session(settings->session, err);
    for (unsigned i = 0; i < scenario->load_count && !rc; i++)
        rc = check_phase(&scenario->load[i], i, settings->agents, err);
    if (rc)
        return rc;
    const struct spec_items *items = scenario->items;
    const struct {
        bool given;
        const char *key, *why;
    } table[] = {
        {scenario->between.what || scenario->hold, "between",
         "what passes between the service and its stores is stamped by this machine's clock, and "
         "requests by others"},
        {scenario->actions_count > 0, "actions",
         "whose an order is, and what becomes of it, agents learn only afterwards"},
        {items && items->hold, "items.hold",
         "whose an order is, and what becomes of it, agents learn only afterwards"},
        {items && scenario->demand.to, "demand.to",
         "whose the units become, agents learn only afterwards"},
        {items && scenario->demand.lines > 1, "demand.lines",
         "what else an order asks for is not in the histories that agents send"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].given)
            return refuse(table[i].key, table[i].why, err);
    for (unsigned i = 0; i < scenario->processes_count; i++)
        if (scenario->processes[i].count > 1)
            return refuse("processes.count",
                          "give request.url as a list, or put one address before them", err);
    return 0;
}
