#include "explore/plan.h"

#include <string.h>

#include "model/observed.h"

#define MANY INT64_C(1000000)

static bool has_limit(const char *text)
{
    return text && strstr(text, "${limit}");
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
    return given && plan_has_edge(scenario);
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

/* How many requests let so many users win, one after the other. */
static int64_t selling(const struct scenario *scenario, int64_t users)
{
    return users * scenario->users.repeat;
}

static int64_t trace_requests(const struct scenario *scenario, int64_t limit)
{
    int64_t users = plan_users(scenario);
    if (plan_has_edge(scenario))
        return selling(scenario, limit) + PLAN_NO;
    return selling(scenario, users < PLAN_LIMIT ? users : PLAN_LIMIT);
}

void plan_make(const struct scenario *scenario, int64_t limit, enum plan_kind kind,
               int64_t requests, struct plan *ret_plan)
{
    struct scenario *made = &ret_plan->scenario;
    unsigned count = 0;
    *made = *scenario;
    made->limit = limit;
    made->between.what = BETWEEN_OBSERVE;
    made->wait = WAIT_DRAINED;
    made->faults_count = 0;
    made->bystander = NULL;
    made->outcome = NULL;
    if (kind == PLAN_OWN)
        return;
    if (kind == PLAN_TRACE)
        ret_plan->loads[count++] = one_at_a_time(trace_requests(scenario, limit));
    if (kind == PLAN_EDGE && limit > 1)
        ret_plan->loads[count++] = one_at_a_time(selling(scenario, limit - 1));
    if (kind != PLAN_TRACE)
        ret_plan->loads[count++] = burst(requests);
    made->load = ret_plan->loads;
    made->load_count = count;
}

static int64_t sum(const struct scenario *scenario, bool again)
{
    int64_t all = 0;
    for (unsigned i = 0; i < scenario->load_count; i++) {
        const struct spec_phase *phase = &scenario->load[i];
        all += phase->again && !again ? 0 : spec_phase_requests(phase, MANY);
    }
    return all;
}

int64_t plan_requests(const struct scenario *scenario)
{
    return sum(scenario, true);
}

int64_t plan_users(const struct scenario *scenario)
{
    int64_t repeat = scenario->users.repeat > 0 ? scenario->users.repeat : 1;
    return (sum(scenario, false) + repeat - 1) / repeat;
}
