#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "command.h"
#include "engine/engine.h"

/* As much of the word as there is room for. */
static void append(char *text, size_t size, const char *word)
{
    size_t used = strlen(text);
    int room = (int)(size - used) - 2;
    if (room > 0)
        snprintf(text + used, size - used, "%s%.*s", used ? " " : "", room, word);
}

static bool lists(char *const *names, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

/* The checks that did not pass are those that must not, and at most those that may not. */
static bool checks_as_stated(const struct run *run, const struct spec_outcome *outcome)
{
    for (unsigned i = 0; i < outcome->checks_count; i++) {
        const struct finding *finding = findings_find(&run->findings, outcome->checks[i]);
        if (!finding || finding->verdict == VERDICT_PASS)
            return false;
    }
    for (size_t i = 0; i < run->findings.count; i++) {
        const struct finding *finding = &run->findings.v[i];
        if (finding->verdict != VERDICT_PASS &&
            !lists(outcome->checks, outcome->checks_count, finding->check) &&
            !lists(outcome->may, outcome->may_count, finding->check))
            return false;
    }
    return true;
}

static void compare(const struct run *run, struct trial_result *result)
{
    static const struct spec_outcome clean = {.verdict = (char *)(uintptr_t) "pass"};
    const struct spec_outcome *outcome = run->scenario->outcome ? run->scenario->outcome : &clean;
    for (unsigned i = 0; i < outcome->checks_count; i++)
        append(result->expected, sizeof result->expected, outcome->checks[i]);
    if (!outcome->checks_count)
        append(result->expected, sizeof result->expected, outcome->verdict);

    append(result->got, sizeof result->got, verdict_name(run->verdict));
    for (size_t i = 0; i < run->findings.count; i++)
        if (run->findings.v[i].verdict != VERDICT_PASS)
            append(result->got, sizeof result->got, run->findings.v[i].check);
    if (run->error[0])
        append(result->got, sizeof result->got, run->error);
    result->as_stated = !run->error[0] && !strcmp(outcome->verdict, verdict_name(run->verdict)) &&
                        checks_as_stated(run, outcome);
    const struct finding *burst = findings_find(&run->findings, "burst_simultaneous");
    result->may_repeat = !result->as_stated && burst && burst->verdict != VERDICT_PASS &&
                         !lists(outcome->checks, outcome->checks_count, "burst_simultaneous");
}

int trial_run(const struct scenario *scenario, const char *scenario_dir, const char *dir,
              struct trial_result *ret_result, struct err *err)
{
    const struct engine_settings settings = {
        .scenario_dir = scenario_dir, .program_dir = command_program_dir(), .stop = &command_stop};
    struct trial_result result = {0};
    struct stack *stack = NULL;
    struct err cause = {0};
    struct run *run = malloc(sizeof *run);
    if (!run)
        return err_set(err, ERR_MEMORY, "no room for a run");
    run_init(run);
    run->scenario = scenario;
    run->wall_start = clock_wall_ns();
    snprintf(run->dir, sizeof run->dir, "%s/%s", dir, scenario->name);
    if (mkdir(run->dir, 0755) && access(run->dir, W_OK)) {
        free(run);
        return err_set(err, ERR_ENVIRONMENT, "cannot make the directory %s/%s", dir,
                       scenario->name);
    }
    int rc = engine_open(scenario, &settings, run, &stack, &cause);
    if (!rc)
        rc = engine_round(scenario, &settings, stack, run, &cause);
    stack_stop(stack);
    compare(run, &result);
    run_free(run);
    free(run);
    if (rc && cause.code == ERR_INTERRUPTED)
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    *ret_result = result;
    return 0;
}
