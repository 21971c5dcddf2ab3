#include "explore/plan.h"

#include <string.h>

#include "model/observed.h"

#define MANY 1000

static bool has_limit(const char *text)
{
    return text && strstr(text, "${limit}");
}

/* A number that a query must return was written for the scenario's own limit. */
static bool asks_for_numbers(const struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->expect_count; i++)
        if (scenario->expect[i].query)
            return true;
    return false;
}

bool plan_may_shrink(const struct scenario *scenario)
{
    bool given = has_limit(scenario->request.url) || has_limit(scenario->request.body);
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        const struct spec_process *process = &scenario->processes[i];
        for (unsigned j = 0; j < process->run_count; j++)
            given |= has_limit(process->run[j]);
        for (unsigned j = 0; j < process->env_count; j++)
            given |= has_limit(process->env[j].value);
    }
    return given && !asks_for_numbers(scenario);
}

static struct spec_phase one_at_a_time(int64_t requests)
{
    return (struct spec_phase){.kind = LOAD_CLOSED,
                               .closed = {.connections = 1, .requests = requests}};
}

/* Nothing is asked of the burst: under a hold it is none. */
static struct spec_phase burst(int64_t requests)
{
    static struct spec_require anything = {.spread = 0, .in_flight = -1};
    return (struct spec_phase){.kind = LOAD_BURST,
                               .burst = {.requests = requests,
                                         .gate = GATE_AUTO,
                                         .deadline = 10 * NS_PER_S,
                                         .require = &anything}};
}

void plan_make(const struct scenario *scenario, int64_t limit, enum plan_kind kind,
               int64_t requests, struct plan *ret_plan)
{
    struct scenario *made = &ret_plan->scenario;
    unsigned count = 0;
    *made = *scenario;
    made->limit = limit;
    made->between = BETWEEN_OBSERVE;
    made->wait = WAIT_DRAINED;
    made->faults_count = 0;
    made->bystander = NULL;
    made->outcome = NULL;
    if (kind == PLAN_OWN)
        return;
    made->users.repeat = 1;
    if (kind == PLAN_TRACE)
        ret_plan->loads[count++] = one_at_a_time(limit + PLAN_NO);
    if (kind == PLAN_EDGE && limit > 1)
        ret_plan->loads[count++] = one_at_a_time(limit - 1);
    if (kind != PLAN_TRACE)
        ret_plan->loads[count++] = burst(requests);
    made->load = ret_plan->loads;
    made->load_count = count;
}

int64_t plan_requests(const struct scenario *scenario)
{
    int64_t requests = 0;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *phase = &scenario->load[i];
        if (phase->kind == LOAD_BURST)
            requests += phase->burst.requests;
        else if (phase->kind != LOAD_PAUSE)
            return MANY;
    }
    return requests > 0 ? requests : MANY;
}
