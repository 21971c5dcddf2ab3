/* Programs that end although nobody asked them to. */
#include "verify/corrupt.h"

/* At any instant: before the release, amid the answers, and long after the last of them. */
static struct process_info *end(struct plant *plant)
{
    struct process_info *process = &plant->run.processes[0];
    ns_t span = plant->run.tally.last_response - plant->run.history.origin + NS_PER_S;
    process->ended =
        plant->run.history.origin - 100 * NS_PER_MS + rng_between(&plant->rng, 0, span);
    process->unexpected = true;
    return process;
}

static bool crash(struct plant *plant, struct expectations *expectations)
{
    static const int signals[] = {6, 8, 9, 11, 31};
    end(plant)->signal = signals[rng_below(&plant->rng, 5)];
    expect_fail(expectations, "processes");
    return true;
}

static bool give_up(struct plant *plant, struct expectations *expectations)
{
    struct process_info *process = end(plant);
    process->exit_code = 1 + (int)rng_below(&plant->rng, 255);
    process->once = rng_below(&plant->rng, 2);
    expect_fail(expectations, "processes");
    return true;
}

static bool walk_away(struct plant *plant, struct expectations *expectations)
{
    end(plant)->exit_code = 0;
    expect_unknown(expectations, "processes");
    return true;
}

static bool lose_server(struct plant *plant, struct expectations *expectations)
{
    struct process_info *process = end(plant);
    process->server = true;
    process->signal = 9;
    expect_unknown(expectations, "processes");
    return true;
}

static bool lose_supervisor(struct plant *plant, struct expectations *expectations)
{
    struct process_info *process = end(plant);
    *process = (struct process_info){.name = "apply",
                                     .exit_code = -1,
                                     .signal = 9,
                                     .asked = "supervisor",
                                     .ended = process->ended,
                                     .looked = process->looked};
    expect_unknown(expectations, "processes");
    return true;
}

static bool look_away(struct plant *plant, struct expectations *expectations)
{
    plant->run.processes[0].looked = plant->run.tally.last_response - 1;
    expect_unknown(expectations, "processes");
    return true;
}

const struct corruption *corruptions_processes(size_t *ret_count)
{
    static const struct corruption table[] = {
        {"a process that crashed", "processes", crash},
        {"a process that gave up", "processes", give_up},
        {"a process that walked away", "processes", walk_away},
        {"a server that was gone", "processes", lose_server},
        {"a supervisor that was gone", "processes", lose_supervisor},
        {"a process nobody looked at", "processes", look_away},
    };
    *ret_count = sizeof table / sizeof *table;
    return table;
}
