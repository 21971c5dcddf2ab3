/* Programs that end although nobody asked them to. */
#include "selftest/mutation.h"

/* At any instant: before the release, amid the answers, and long after the last of them. */
static struct process_info *end(struct synthetic *synthetic)
{
    struct process_info *process = &synthetic->run.processes[0];
    ns_t span = synthetic->run.tally.last_response - synthetic->run.history.origin + NS_PER_S;
    process->ended =
        synthetic->run.history.origin - 100 * NS_PER_MS + rng_between(&synthetic->rng, 0, span);
    process->unexpected = true;
    return process;
}

static bool crash(struct synthetic *synthetic, struct expectations *expectations)
{
    static const int signals[] = {6, 8, 9, 11, 31};
    end(synthetic)->signal = signals[rng_below(&synthetic->rng, 5)];
    expect_fail(expectations, "processes");
    return true;
}

static bool give_up(struct synthetic *synthetic, struct expectations *expectations)
{
    struct process_info *process = end(synthetic);
    process->exit_code = 1 + (int)rng_below(&synthetic->rng, 255);
    process->once = rng_below(&synthetic->rng, 2);
    expect_fail(expectations, "processes");
    return true;
}

static bool walk_away(struct synthetic *synthetic, struct expectations *expectations)
{
    end(synthetic)->exit_code = 0;
    expect_unknown(expectations, "processes");
    return true;
}

static bool lose_server(struct synthetic *synthetic, struct expectations *expectations)
{
    struct process_info *process = end(synthetic);
    process->server = true;
    process->signal = 9;
    expect_unknown(expectations, "processes");
    return true;
}

static bool lose_supervisor(struct synthetic *synthetic, struct expectations *expectations)
{
    struct process_info *process = end(synthetic);
    *process = (struct process_info){.name = "apply",
                                     .exit_code = -1,
                                     .signal = 9,
                                     .asked = "supervisor",
                                     .ended = process->ended,
                                     .looked = process->looked};
    expect_unknown(expectations, "processes");
    return true;
}

static bool look_away(struct synthetic *synthetic, struct expectations *expectations)
{
    synthetic->run.processes[0].looked = synthetic->run.tally.last_response - 1;
    expect_unknown(expectations, "processes");
    return true;
}

/* Of one that the run did not start nobody knows how it went. */
static bool lose_service(struct synthetic *synthetic, struct expectations *expectations)
{
    const struct run *run = &synthetic->run;
    synthetic->run.target = (struct target_info){.place = "127.0.0.1:8080",
                                                 .looked = run->tally.last_response + NS_PER_S,
                                                 .refusal = "Connection refused"};
    expect_unknown(expectations, "processes");
    return true;
}

/* The service has gone around the proxy, as a store told it to. */
static bool go_around(struct synthetic *synthetic, struct expectations *expectations)
{
    synthetic->run.observed = (struct observed){.known = true, .around = "a cluster's slots"};
    expect_unknown(expectations, "observed");
    return true;
}

const struct mutation *mutations_processes(size_t *ret_count)
{
    static const struct mutation table[] = {
        {"a process that crashed", "processes", crash},
        {"a process that gave up", "processes", give_up},
        {"a process that walked away", "processes", walk_away},
        {"a server that was gone", "processes", lose_server},
        {"a supervisor that was gone", "processes", lose_supervisor},
        {"a process nobody looked at", "processes", look_away},
        {"a service that was gone", "processes", lose_service},
        {"a service that went around the proxy", "observed", go_around},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
