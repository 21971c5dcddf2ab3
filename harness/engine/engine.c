#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/inside.h"
#include "model/exit_code.h"
#include "verify/checks.h"
#include "verify/explain.h"

#define COLLECT_DEADLINE (30 * NS_PER_S)
#define TICK             (100 * NS_PER_MS)

void engine_enter(struct engine *engine, enum run_phase phase)
{
    ns_t now = clock_now();
    struct run_phase_info *phases = engine->run->phases;
    if (phases[engine->phase].started && !phases[engine->phase].ended)
        phases[engine->phase].ended = now;
    bool back = phase < engine->phase && phases[phase].started; /* the late window has sent it */
    engine->phase = phase;
    phases[phase].started = back ? phases[phase].started : now;
    phases[phase].ended = 0;
    engine->next_tick = 0;
    log_info("phase", "%s", run_phase_name(phase));
    engine_tick(engine, "");
}

void engine_tick(struct engine *engine, const char *text)
{
    ns_t now = clock_now();
    if (now < engine->next_tick || !engine->settings->listener)
        return;
    engine->next_tick = now + TICK;
    const struct timeline *timeline = &engine->run->timeline;
    engine->settings->listener(engine->settings->listener_context, engine->run, engine->phase,
                               &engine->progress,
                               timeline->count ? &timeline->v[timeline->count - 1] : NULL, text);
}

bool engine_stopping(struct engine *engine)
{
    if (!engine->settings->stop || !*engine->settings->stop)
        return false;
    atomic_store(&engine->progress.stop, true);
    return true;
}

void engine_rest(struct engine *engine, ns_t until)
{
    while (clock_now() < until && !engine_stopping(engine)) {
        engine_tick(engine, "");
        ns_t next = clock_now() + NS_PER_MS;
        clock_sleep_until(next < until ? next : until);
    }
}

static int start_bystander(struct engine *engine, struct err *err)
{
    const struct spec_bystander *spec = engine->scenario->bystander;
    if (!spec)
        return 0;
    const char *url = stack_address(engine->stack, spec_sql_server(&engine->scenario->stack));
    int rc = bystander_start(spec, url, &engine->bystander, err);
    if (!rc)
        engine_rest(engine, clock_now() + spec->before);
    return rc;
}

static void stop_bystander(struct engine *engine)
{
    if (!engine->bystander)
        return;
    bystander_mark(engine->bystander, BYSTANDER_AFTER);
    engine_rest(engine, clock_now() + engine->scenario->bystander->after);
    bystander_stop(engine->bystander, engine->run);
    engine->bystander = NULL;
}

bool engine_owns(void *context, uint16_t port)
{
    struct engine *engine = context;
    pthread_mutex_lock(&engine->stack_lock);
    bool own = stack_owns(engine->stack, port);
    pthread_mutex_unlock(&engine->stack_lock);
    return own;
}

/* What the bystander did to the database; every second transaction writes, and it makes and drops
 * its table. It has gone by now, so the statistics have all of it. */
static struct probe_others bystander_work(const struct run *run)
{
    struct probe_others others = {0};
    for (unsigned i = 0; i < run->bystander_count; i++)
        others.transactions += run->bystander[i].transactions + run->bystander[i].errors;
    others.writes = others.transactions / 2;
    others.inserted = run->bystander_count ? BYSTANDER_ROWS : 0;
    return others;
}

/* Final contents. When the scenario asserted earlier, the rows of that instant stay the evidence.
 */
static int collect(struct engine *engine, struct err *err)
{
    struct run *run = engine->run;
    struct rows asserted = {0};
    if (engine->asserted) {
        asserted = run->evidence.coupons;
        run->evidence.coupons = (struct rows){0};
    }
    int rc = probes_collect(engine->probes, &run->evidence, clock_now() + COLLECT_DEADLINE, err);
    if (engine->asserted) {
        rows_free(&run->evidence.coupons);
        run->evidence.coupons = asserted;
    } else if (run->evidence.coupons.known) {
        run->drain.rows_at_assert = (int64_t)run->evidence.coupons.count;
        run->drain.asserted = clock_now();
    }
    probes_cost(engine->probes, &run->drain);
    const struct probe_others others = bystander_work(run);
    probes_database_cost(engine->probes, &others, &run->database);
    load_memory(engine->load, &run->memory);
    return rc;
}

/* The process whose crash stands, whatever else went wrong, or NULL. */
static const struct process_info *crashed(const struct run *run)
{
    const struct finding *finding = findings_find(&run->findings, "processes");
    for (unsigned i = 0; finding && i < run->processes_count; i++)
        if (finding->verdict == VERDICT_FAIL && run->processes[i].unexpected)
            return &run->processes[i];
    return NULL;
}

/* What is known so far is still tallied and judged; the error decides how the run ends, unless it
 * came from a crash. */
static int fail(struct run *run, const struct err *cause, struct err *err)
{
    if (err && err != cause)
        *err = *cause;
    if (cause->code == ERR_INTERRUPTED)
        run->interrupted = true;
    else if (cause->code == ERR_INVALID)
        snprintf(run->invalid, sizeof run->invalid, "%.*s", (int)sizeof run->invalid - 1,
                 cause->message);
    else
        snprintf(run->error, sizeof run->error, "%s", cause->message);
    bool proven = crashed(run) && !run->interrupted;
    run->verdict = proven ? VERDICT_FAIL : VERDICT_UNKNOWN;
    run->exit_code = (int)exit_code_of_run(run, exit_code_of_error(cause->code));
    explain_run(run);
    return -(int)cause->code;
}

/* A service that was refused what it is built on shows nothing of itself. */
static int check_refusal(struct engine *engine, bool over, struct err *err)
{
    const char *refusal = stack_refusal(engine->stack, over);
    return refusal ? err_set(err, ERR_ENVIRONMENT, "%s", refusal) : 0;
}

static int judge(struct engine *engine, struct err *err)
{
    struct run *run = engine->run;
    engine_enter(engine, PHASE_CHECK);
    run_count_answered(run);
    int rc = run_tally(run, err);
    if (!rc)
        rc = checks_run(run, err);
    run->phases[PHASE_CHECK].ended = clock_now();
    return rc;
}

static int start(struct engine *engine, struct err *err)
{
    engine_enter(engine, PHASE_PREFLIGHT);
    int rc = preflight(engine, err);
    if (!rc)
        rc = check_refusal(engine, false, err);
    if (!rc)
        rc = start_bystander(engine, err);
    if (rc)
        return rc;
    rc = people_ready(engine, err);
    if (rc)
        return rc;
    engine_enter(engine, PHASE_STAGE);
    rc = saboteur_start(engine, err);
    return rc ? rc : driver_start(engine, err);
}

/* Ends the threads and turns what they met into an error of the run. */
static int join(struct engine *engine, struct err *err)
{
    driver_join(engine);
    saboteur_join(engine);
    const struct err *load = &engine->driver.err, *fault = &engine->saboteur.err;
    if (load->code && load->code != ERR_INTERRUPTED)
        return err_set(err, load->code, "%s", load->message);
    if (fault->code)
        return err_set(err, ERR_ENVIRONMENT, "a fault could not be carried out: %s",
                       fault->message);
    return 0;
}

static int run_phases(struct engine *engine, struct err *err)
{
    int rc = start(engine, err);
    if (!rc)
        rc = observe(engine, err);
    if (rc)
        atomic_store(&engine->progress.stop, true);
    struct err joined = {0};
    int join_rc = join(engine, &joined);
    if (!rc && join_rc) {
        rc = join_rc;
        *err = joined;
    }
    stop_bystander(engine);
    if (!rc)
        rc = collect(engine, err);
    if (!rc)
        rc = watched(engine, err);
    if (!rc && engine_stopping(engine))
        engine->run->interrupted = true;
    else if (!rc)
        instances_look(engine);
    return rc;
}

struct engine *engine_new(const struct scenario *scenario, const struct engine_settings *settings,
                          struct stack *stack, struct run *run)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->scenario = scenario;
    engine->settings = settings;
    engine->stack = stack;
    engine->run = run;
    pthread_mutex_init(&engine->stack_lock, NULL);
    return engine;
}

void engine_release(struct engine *engine)
{
    bystander_stop(engine->bystander, NULL);
    load_free(engine->load);
    probes_close(engine->probes);
    drain_free(engine->drain);
    request_release(engine);
    prepared_forget(&engine->prepared);
    pthread_mutex_destroy(&engine->stack_lock);
    free(engine);
}

int engine_open(const struct scenario *scenario, const struct engine_settings *settings,
                struct run *run, struct stack **ret_stack, struct err *err)
{
    const struct stack_settings stack = {
        .dir = run->dir,
        .scenario_dir = settings->scenario_dir,
        .program_dir = settings->program_dir,
        .allow_reset = settings->allow_reset,
        .keep = settings->keep,
    };
    struct err cause = {0};
    /* A host that is written out is refused before anything is started; one that only the stack
     * knows (${name}) is looked at in the preflight. */
    if (instances_check(settings, &scenario->request, &cause))
        return fail(run, &cause, err);
    run->phases[PHASE_STACK].started = clock_now();
    if (settings->listener)
        settings->listener(settings->listener_context, run, PHASE_STACK, NULL, NULL, "");
    int rc = stack_start(scenario, &stack, settings->stop, run, ret_stack, &cause);
    run->phases[PHASE_STACK].ended = clock_now();
    return rc ? fail(run, &cause, err) : 0;
}

int engine_round(const struct scenario *scenario, const struct engine_settings *settings,
                 struct stack *stack, struct run *run, struct err *err)
{
    struct engine *engine = engine_new(scenario, settings, stack, run);
    if (!engine)
        return err_set(err, ERR_MEMORY, "no room for a run");
    struct err cause = {0}, refused = {0}, judged = {0};
    int rc = run_phases(engine, &cause);
    observe_processes(engine);
    if (cause.code != ERR_INTERRUPTED && check_refusal(engine, true, &refused)) {
        rc = -(int)refused.code;
        cause = refused;
    }
    run->interrupted |= cause.code == ERR_INTERRUPTED;
    int judge_rc = judge(engine, &judged);
    if (!rc && judge_rc) {
        rc = judge_rc;
        cause = judged;
    }
    if (rc && crashed(run) && cause.code != ERR_INTERRUPTED)
        err_prefix(&cause, "%s has ended by itself", crashed(run)->name);
    if (rc)
        rc = fail(run, &cause, err);
    engine_release(engine);
    return rc;
}
