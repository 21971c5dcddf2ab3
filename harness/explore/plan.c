#include "explore/plan.h"

#include <string.h>

#include "model/observed.h"
#include "proxy/hold.h"

#define MANY INT64_C(1000000)

/* Of a crash: nothing is let go before it, the process is started again at once, and those who have
 * no answer ask again until it is there, which may take a slow one many seconds. */
#define CRASH_TOGETHER 10000
#define CRASH_RESTART  (10 * NS_PER_MS)
#define CRASH_RETRY    (200 * NS_PER_MS)
#define CRASH_RETRIES  100

static bool has_limit(const char *text)
{
    return text && strstr(text, "${limit}");
}

static bool program_has_limit(char *const *run, unsigned run_count, const struct spec_pair *env,
                              unsigned env_count)
{
    bool given = false;
    for (unsigned i = 0; i < run_count; i++)
        given |= has_limit(run[i]);
    for (unsigned i = 0; i < env_count; i++)
        given |= has_limit(env[i].value);
    return given;
}

/* To the service, or to what puts the stock into its stores. */
bool plan_gives_limit(const struct scenario *scenario)
{
    bool given = has_limit(scenario->request.url) || has_limit(scenario->request.body);
    if (scenario->items)
        return false; /* the limit is what they come to */
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        const struct spec_process *process = &scenario->processes[i];
        given |=
            program_has_limit(process->run, process->run_count, process->env, process->env_count);
    }
    for (unsigned i = 0; i < scenario->setup_count; i++) {
        const struct spec_setup *setup = &scenario->setup[i];
        given |= has_limit(setup->postgres) || has_limit(setup->mysql) || has_limit(setup->redis) ||
                 program_has_limit(setup->run, setup->run_count, setup->env, setup->env_count);
    }
    return given;
}

int64_t plan_limit(const struct scenario *scenario)
{
    bool copies = scenario->users.repeat > 1 && scenario->limit < PLAN_LIMIT;
    bool many = plan_has_edge(scenario) && scenario->limit > PLAN_LIMIT;
    return plan_gives_limit(scenario) && (copies || many) ? PLAN_LIMIT : scenario->limit;
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

/* Each single request is a phase, as only between phases it is awaited what one has set going. */
static unsigned trace_loads(const struct scenario *scenario, int64_t limit, struct plan *plan)
{
    bool edge = plan_has_edge(scenario);
    int64_t users = edge ? limit : plan_users(scenario);
    int64_t yes = users < PLAN_LIMIT ? users : PLAN_LIMIT;
    unsigned count = 0;
    if (edge && limit > yes)
        plan->loads[count++] = one_at_a_time(selling(scenario, limit - yes));
    plan->single = count;
    for (int64_t i = 0; i < yes + (edge ? PLAN_NO : 0); i++)
        plan->loads[count++] = one_at_a_time(selling(scenario, 1));
    return count;
}

/* Values that are written down are those of the scenario's own load. */
static void keep_expects(const struct scenario *scenario, struct plan *plan)
{
    unsigned count = 0;
    for (unsigned i = 0; i < scenario->expect_count && count < PLAN_EXPECTS_MAX; i++) {
        const struct spec_expect *expect = &scenario->expect[i];
        if (strcmp(expect->check, "sql") != 0 && strcmp(expect->check, "redis") != 0)
            plan->expects[count++] = *expect;
    }
    plan->scenario.expect = plan->expects;
    plan->scenario.expect_count = count;
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
    made->hold = NULL;
    made->calm = 0;
    if (kind == PLAN_OWN)
        return;
    keep_expects(scenario, ret_plan);
    if (kind == PLAN_TRACE)
        count = trace_loads(scenario, limit, ret_plan);
    if (kind == PLAN_EDGE && limit > 1)
        ret_plan->loads[count++] = one_at_a_time(selling(scenario, limit - 1));
    if (kind != PLAN_TRACE)
        ret_plan->loads[count++] = burst(requests);
    made->load = ret_plan->loads;
    made->load_count = count;
}

void plan_hold(struct plan *plan, const char *const *answers, unsigned count, ns_t deadline)
{
    const struct scenario *made = &plan->scenario;
    int64_t requests = made->load[made->load_count - 1].burst.requests;
    plan->hold =
        (struct spec_hold){.answers = plan->answers,
                           .answers_count = count < PLAN_STEPS_MAX ? count : PLAN_STEPS_MAX,
                           .together = requests < 2 ? 2 : requests,
                           .quiet = HOLD_QUIET,
                           .deadline = deadline,
                           .budget = deadline > HOLD_BUDGET ? deadline : HOLD_BUDGET};
    for (unsigned i = 0; i < plan->hold.answers_count; i++)
        plan->answers[i] = (char *)answers[i];
    plan->scenario.hold = &plan->hold;
}

void plan_crash(struct plan *plan, const char *process)
{
    struct scenario *made = &plan->scenario;
    /* A process that the gate itself has stopped cannot be killed and started. */
    plan->loads[made->load_count - 1].burst.gate = GATE_LAST_BYTE;
    plan->hold.together = CRASH_TOGETHER;
    plan->fault = (struct spec_fault){.target = (char *)process,
                                      .action = FAULT_KILL,
                                      .when = WHEN_HELD,
                                      .count = 1,
                                      .restart_after = CRASH_RESTART};
    made->faults = &plan->fault;
    made->faults_count = 1;
    plan->loads[made->load_count++] = (struct spec_phase){
        .kind = LOAD_RETRY,
        .retry = {.after = CRASH_RETRY, .times = CRASH_RETRIES, .connections = 50}};
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

bool plan_is_mixed(const struct scenario *scenario)
{
    const struct spec_items *items = scenario->items;
    bool one = items && (items->ids ? items->count == 1 : items->each_count == 1);
    return items && (!one || strcmp(scenario->demand.units, "1") != 0);
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
