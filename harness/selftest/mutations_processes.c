/* Programs that end although nobody asked them to. */
#include <stdlib.h>

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

/* More statements of one shape were inside their store at once than are allowed. */
static bool crowd_in(struct synthetic *synthetic, struct expectations *expectations)
{
    struct spec_expect *expect = &synthetic->expect[synthetic->scenario.expect_count++];
    struct observed *observed = &synthetic->run.observed;
    *expect = (struct spec_expect){.check = (char *)(uintptr_t) "contention", .at_most = 9};
    *observed = (struct observed){.known = true, .v = calloc(1, sizeof *observed->v)};
    if (!observed->v)
        return false;
    observed->count = 1;
    observed->v[0] = (struct observed_shape){.text = "SELECT left FROM stock FOR UPDATE",
                                             .kind = "read",
                                             .statements = 10,
                                             .at_once = 10};
    expect_fail(expectations, "contention");
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
        {"statements in each other's way", "contention", crowd_in},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
