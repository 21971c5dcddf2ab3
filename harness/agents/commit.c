#include "agents/commit.h"

ns_t commit_margin(ns_t now, ns_t go)
{
    return (go - now) / COMMIT_MARGIN_PART;
}

/* ---- an agent ---- */

const char *commit_why_text(enum commit_why why)
{
    static const char *const texts[] = {
        [COMMIT_NO_REASON] = "no reason",
        [COMMIT_ABORTED] = "the coordinator took it back",
        [COMMIT_ORPHANED] = "the coordinator is gone",
        [COMMIT_CUT_OFF] = "the Redis of the agents does not answer",
        [COMMIT_SUPERSEDED] = "another agent has its rank",
        [COMMIT_LATE] = "it saw the go after its instant",
        [COMMIT_STOPPED] = "it was told to end",
    };
    return texts[why];
}

void commit_agent_begin(struct commit_agent *agent, ns_t now)
{
    *agent = (struct commit_agent){.since = now};
}

static enum commit_step leave(struct commit_agent *agent, enum commit_why why)
{
    agent->why = why;
    return COMMIT_LEAVE;
}

/* Before it has `go`, whatever is wrong means that it never will. */
static enum commit_why look_for_reason(const struct commit_agent *agent,
                                       const struct commit_look *look, ns_t now, bool stop)
{
    ns_t heard = look->asked > agent->since ? look->asked : agent->since;
    if (stop)
        return COMMIT_STOPPED;
    if (look->abort)
        return COMMIT_ABORTED;
    if (now - heard > COMMIT_PATIENCE)
        return COMMIT_CUT_OFF;
    if (look->asked && !look->coordinator)
        return COMMIT_ORPHANED;
    return look->asked && !look->mine ? COMMIT_SUPERSEDED : COMMIT_NO_REASON;
}

enum commit_step commit_agent_call(struct commit_agent *agent, const struct commit_look *look,
                                   ns_t now, bool stop)
{
    agent->why = look_for_reason(agent, look, now, stop);
    return agent->why ? COMMIT_LEAVE : look->stage ? COMMIT_ARM : COMMIT_WAIT;
}

static enum commit_step step_without_go(struct commit_agent *agent, const struct commit_look *look,
                                        ns_t now)
{
    enum commit_why why = look_for_reason(agent, look, now, false);
    if (why)
        return leave(agent, why);
    if (!look->go)
        return COMMIT_WAIT;
    if (now >= look->go)
        return leave(agent, COMMIT_LATE);
    agent->go = look->go;
    agent->margin = look->margin;
    return COMMIT_ARM;
}

/* The last look is one that was begun within the margin; where none is answered it fires all the
 * same. */
static enum commit_step step_with_go(struct commit_agent *agent, ns_t now, ns_t early)
{
    if (now >= agent->go - early) {
        agent->fired = true;
        return COMMIT_FIRE;
    }
    return COMMIT_WAIT;
}

enum commit_step commit_agent_step(struct commit_agent *agent, const struct commit_look *look,
                                   ns_t now, ns_t early, bool stop)
{
    if (agent->why)
        return COMMIT_LEAVE;
    if (agent->fired)
        return COMMIT_FIRE;
    if (stop)
        return leave(agent, COMMIT_STOPPED);
    if (look->abort)
        return leave(agent, COMMIT_ABORTED);
    enum commit_step step =
        agent->go ? step_with_go(agent, now, early) : step_without_go(agent, look, now);
    if (step == COMMIT_ARM)
        agent->armed = true;
    return step;
}

/* ---- the coordinator ---- */

static ns_t ahead(const struct commit_facts *facts)
{
    ns_t trips = COMMIT_TRIPS * facts->round_trip;
    return trips > COMMIT_AHEAD ? trips : COMMIT_AHEAD;
}

static enum commit_fault look_for_fault(const struct commit_facts *facts)
{
    if (facts->stop)
        return COMMIT_ASKED;
    if (facts->lost)
        return COMMIT_LOST;
    if (facts->staged < facts->size)
        return facts->now >= facts->deadline ? COMMIT_SLOW : COMMIT_NO_FAULT;
    return facts->bound_most && facts->bound > facts->bound_most ? COMMIT_BLUR : COMMIT_NO_FAULT;
}

static enum commit_order gather(struct commit_coordinator *coordinator,
                                const struct commit_facts *facts)
{
    coordinator->fault = look_for_fault(facts);
    if (coordinator->fault)
        return COMMIT_GIVE_UP;
    if (facts->staged < facts->size)
        return COMMIT_GATHER;
    coordinator->go = facts->now + ahead(facts);
    coordinator->margin = commit_margin(facts->now, coordinator->go);
    return COMMIT_SET_GO;
}

/* Is there a reason to take it back, and still the time? A `go` that the store has not confirmed
 * may have been seen all the same: it is said again, and taken back when it is too late for that.
 */
static enum commit_order hold(struct commit_coordinator *coordinator,
                              const struct commit_facts *facts)
{
    ns_t end = coordinator->go - coordinator->margin;
    if (facts->stop)
        coordinator->fault = COMMIT_ASKED;
    else if (facts->lost)
        coordinator->fault = COMMIT_LOST;
    else if (facts->armed < facts->size && facts->now >= end - coordinator->margin)
        coordinator->fault = COMMIT_UNARMED;
    coordinator->aborting = coordinator->fault != COMMIT_NO_FAULT;
    if (coordinator->aborting)
        return COMMIT_SET_ABORT;
    return coordinator->set ? COMMIT_GATHER : COMMIT_SET_GO;
}

enum commit_order commit_coordinator_step(struct commit_coordinator *coordinator,
                                          const struct commit_facts *facts)
{
    if (coordinator->aborted)
        return COMMIT_TAKEN_BACK;
    if (!coordinator->go)
        return coordinator->fault ? COMMIT_GIVE_UP : gather(coordinator, facts);
    if (facts->now >= coordinator->go)
        return COMMIT_RELEASED;
    if (facts->now >= coordinator->go - coordinator->margin)
        return COMMIT_GATHER;
    return hold(coordinator, facts);
}

void commit_coordinator_set(struct commit_coordinator *coordinator)
{
    coordinator->set = true;
}

void commit_coordinator_aborted(struct commit_coordinator *coordinator, ns_t now)
{
    coordinator->aborted = now < coordinator->go - coordinator->margin;
}
