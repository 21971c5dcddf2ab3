/* The driver: runs the phases of the load one after the other on a thread of its own, so that the
 * main thread can watch the stores meanwhile. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mask.h"
#include "base/printable.h"
#include "engine/inside.h"
#include "model/gate.h"

/* In the last phase that is no retry. */
static bool is_held(const struct scenario *scenario, unsigned index)
{
    unsigned count = scenario->load_count;
    while (count > 1 && scenario->load[count - 1].kind == LOAD_RETRY)
        count--;
    return scenario->hold && index + 1 == count;
}

/* What happens while answers are held may wait for one that comes behind the last response, as a
 * consumer's do. */
static void await_held(struct engine *engine)
{
    ns_t until = clock_now() + engine->scenario->hold->deadline;
    while (atomic_load(&engine->saboteur.held_pending) && clock_now() < until &&
           !atomic_load(&engine->progress.stop))
        clock_sleep_until(clock_now() + NS_PER_MS);
}

/* What is to be held between the service and its stores. NULL: no more. */
static int hold(struct engine *engine, unsigned index, const struct spec_hold *what,
                struct err *err)
{
    if (!is_held(engine->scenario, index))
        return 0;
    if (!what)
        await_held(engine);
    pthread_mutex_lock(&engine->stack_lock);
    int rc = stack_hold(engine->stack, what, err);
    pthread_mutex_unlock(&engine->stack_lock);
    return rc;
}

#define LOOK_DEADLINE NS_PER_S
#define CALM_TIMES    3
#define CALM_LOOK     (5 * NS_PER_MS)

/* Until the processes have said nothing to their stores for a while. Who never is silent is not
 * waited for any longer. */
static int await_silence(struct engine *engine, ns_t calm, struct err *err)
{
    uint64_t said, before = UINT64_MAX;
    ns_t now = clock_now(), since = now, until = now + CALM_TIMES * calm;
    int rc = 0;
    while (!rc && now - since < calm && now < until && !atomic_load(&engine->progress.stop)) {
        pthread_mutex_lock(&engine->stack_lock);
        rc = stack_said(engine->stack, &said, err);
        pthread_mutex_unlock(&engine->stack_lock);
        if (!rc && said != before)
            since = clock_now();
        before = said;
        clock_sleep_until(clock_now() + CALM_LOOK);
        now = clock_now();
    }
    return rc;
}

/* What requests set going may go on behind their answers: a ticket is decided then, and rows are
 * written. */
static int await_decisions(struct engine *engine, struct err *err)
{
    int rc = load_decide(engine->load, err);
    ns_t calm = engine->scenario->calm;
    return rc || !calm ? rc : await_silence(engine, calm, err);
}

static int calm_down(struct engine *engine, unsigned index, struct err *err)
{
    const struct scenario *scenario = engine->scenario;
    if (!scenario->calm || index + 1 == scenario->load_count ||
        scenario->load[index + 1].kind == LOAD_RETRY)
        return 0;
    return await_decisions(engine, err);
}

/* Records of all lanes; COUNT_UNKNOWN: not read. */
static int64_t count_ends(const struct sample *sample)
{
    int64_t sum = sample->lanes ? 0 : COUNT_UNKNOWN;
    for (uint32_t i = 0; sample->lanes && i < sample->lanes_count; i++)
        sum += sample->lanes[i].end;
    return sum;
}

static bool has_moved(const struct sample *before, const struct sample *now)
{
    bool rows = before->rows != COUNT_UNKNOWN && now->rows != COUNT_UNKNOWN;
    bool counter = before->counter.known && now->counter.known;
    bool ends = before->lanes && now->lanes;
    return (rows && now->rows != before->rows) ||
           (counter && now->counter.value != before->counter.value) ||
           (ends && count_ends(now) != count_ends(before));
}

/* A service that has begun before it may shows that in its stores, if it has not answered. The main
 * thread looks at them from the first release on only. */
static int check_untouched(struct engine *engine, const struct load_phase_info *info,
                           struct err *err)
{
    struct sample sample = {.rows = COUNT_UNKNOWN};
    if (!gate_splits(info->gate) || atomic_load(&engine->progress.first_release))
        return 0;
    probes_sample(engine->probes, PROBE_ROWS | PROBE_PIPELINE | PROBE_COUNTER,
                  clock_now() + LOOK_DEADLINE, &sample);
    if (!has_moved(&engine->run->timeline.v[0], &sample))
        return 0;
    return err_set(
        err, ERR_INVALID,
        "gate %s: what the stores hold has changed before the release: the target begins "
        "to handle a request before the last frame of it is there; use gate: one-write",
        info->gate);
}

static int drive_phase(struct engine *engine, unsigned index, struct err *err)
{
    struct load_phase_info *info = &engine->run->load[index];
    int rc = load_stage(engine->load, index, info, err);
    if (rc)
        return rc;
    log_info("load", "phase %u (%s) staged in %lld us", index, info->kind,
             (long long)(info->staged_in / NS_PER_US));
    rc = check_untouched(engine, info, err);
    if (!rc)
        rc = hold(engine, index, engine->scenario->hold, err);
    if (!rc)
        rc = load_release(engine->load, 0, err);
    if (!rc)
        rc = load_settle(engine->load, err);
    if (!rc && is_held(engine->scenario, index))
        rc = await_decisions(engine, err);
    if (!rc)
        rc = hold(engine, index, NULL, err);
    return rc ? rc : calm_down(engine, index, err);
}

/* Behind one address they have the names that answers give them. */
static void name_served(struct run *run)
{
    const struct served *served = &run->answers.served;
    for (unsigned i = 0; i < served->count; i++)
        memcpy(run->instances[i].name, served->names[i], sizeof run->instances[i].name);
    if (served->count)
        run->instances_count = served->count;
}

/* Before anything waits for the rows of those who were told yes. */
static void sort_answers(struct engine *engine)
{
    load_answers(engine->load, &engine->run->answers);
    load_decisions(engine->load, &engine->run->decisions, &engine->run->polled);
    load_acted(engine->load, &engine->run->acted);
    name_served(engine->run);
    answers_sharpen(&engine->run->answers, &engine->scenario->responses);
    if (answers_doubt(&engine->run->answers, &engine->run->history, engine->scenario->limit))
        log_info("load",
                 "the accepted rules match two kinds of answers: neither is taken for a yes");
    run_count_instances(engine->run);
    run_tell_spreading(engine->run);
}

static void *drive(void *argument)
{
    struct engine *engine = argument;
    struct driver *driver = &engine->driver;
    unsigned last = engine->scenario->load_count - 1;
    for (unsigned i = 0; !drive_phase(engine, i, &driver->err) && i < last; i++) {
        if (atomic_load(&engine->progress.stop))
            break;
        load_close(engine->load);
    }
    atomic_store(&driver->ticketed, clock_now());
    if (!driver->err.code && load_decide(engine->load, &driver->err))
        log_info("load", "%s", driver->err.message);
    atomic_store(&driver->settled, clock_now());
    sort_answers(engine);
    atomic_store(&engine->progress.load_finished, true);
    atomic_store(&driver->finished, true);
    /* The last phase's connections stay open, as clients' do: closing a thousand takes the load and
     * the target some ten milliseconds of the cores that the pipeline needs now. */
    while (sem_wait(&driver->leave))
        ;
    load_close(engine->load);
    return NULL;
}

int driver_start(struct engine *engine, struct err *err)
{
    sem_init(&engine->driver.leave, 0, 0);
    int rc = pthread_create(&engine->driver.thread, NULL, drive, engine);
    if (rc)
        return err_errno(err, ERR_ENVIRONMENT, rc, "cannot start the load's thread");
    engine->driver.running = true;
    return 0;
}

/* A server error is explained by the server, if anywhere. */
static void read_last_words(struct engine *engine)
{
    struct answers *answers = &engine->run->answers;
    char text[sizeof answers->log];
    bool error = false;
    for (unsigned i = 0; i < answers->count; i++)
        error = error || answers->v[i].cause == CAUSE_SERVER_ERROR;
    const char *name = error ? stack_last_words(engine->stack, text, sizeof text) : NULL;
    if (!name)
        return;
    snprintf(answers->log_of, sizeof answers->log_of, "%s", name);
    printable(text, strlen(text), answers->log, sizeof answers->log);
    mask_apply_here(answers->log, sizeof answers->log);
}

void driver_let_leave(struct engine *engine)
{
    sem_post(&engine->driver.leave);
}

void driver_join(struct engine *engine)
{
    if (!engine->driver.running)
        return;
    driver_let_leave(engine);
    pthread_join(engine->driver.thread, NULL);
    engine->driver.running = false;
    read_last_words(engine);
    /* The load writes the origin when a release succeeds; one that broke off has one as well. */
    struct history *history = &engine->run->history;
    if (!history->origin)
        history->origin = atomic_load(&engine->progress.first_release);
    engine->run->actions.origin = history->origin;
}
