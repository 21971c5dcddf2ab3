/* The saboteur: carries out the scenario's faults at their instants, on a thread of its own because
 * a restart takes its time. Seeded instants come from the scenario's seed, so a run can be
 * repeated. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rng.h"
#include "engine/inside.h"

enum { PENDING_MAX = 2 * RUN_EVENTS_MAX };

/* One thing to do. */
struct strike {
    const struct spec_fault *fault;
    enum fault_action action;
    ns_t delay; /* after its trigger */
    ns_t due;   /* 0: its trigger has not come yet */
    bool done;
};

/* The most answers that were held at a time so far. */
static int64_t held(struct engine *engine, int64_t wanted)
{
    struct saboteur *saboteur = &engine->saboteur;
    struct err err;
    int64_t now = 0;
    if (saboteur->held >= wanted)
        return saboteur->held;
    pthread_mutex_lock(&engine->stack_lock);
    if (!stack_held(engine->stack, &now, &err) && now > saboteur->held)
        saboteur->held = now;
    pthread_mutex_unlock(&engine->stack_lock);
    return saboteur->held;
}

static ns_t trigger(struct engine *engine, const struct spec_fault *fault, ns_t now)
{
    switch (fault->when) {
    case WHEN_TIME:
        return atomic_load(&engine->progress.first_release);
    case WHEN_LAST_RESPONSE:
        return atomic_load(&engine->driver.settled);
    case WHEN_ROWS:
        return atomic_load(&engine->saboteur.rows) >= fault->count ? now : 0;
    case WHEN_ANSWERED:
        return atomic_load(&engine->progress.answered) >= fault->count ? now : 0;
    case WHEN_HELD:
        return held(engine, fault->count) >= fault->count ? now : 0;
    }
    return 0;
}

static void note(struct saboteur *saboteur, ns_t at, const char *format, const char *what,
                 const char *target)
{
    if (saboteur->events_count == RUN_EVENTS_MAX)
        return;
    struct run_event *event = &saboteur->events[saboteur->events_count++];
    event->at = at;
    snprintf(event->what, sizeof event->what, format, what, target);
}

/* Ended or stopped, and nothing brings it back: what it owes will not come in this run. */
static bool ends_for_good(const struct scenario *scenario, const struct strike *strike)
{
    const struct spec_fault *fault = strike->fault;
    enum fault_action undo = strike->action == FAULT_STOP ? FAULT_CONTINUE : FAULT_RESTART;
    bool ends = strike->action == FAULT_KILL || strike->action == FAULT_TERMINATE ||
                strike->action == FAULT_STOP;
    if (!ends || fault->restart_after)
        return false;
    for (unsigned i = 0; i < scenario->faults_count; i++)
        if (scenario->faults[i].action == undo &&
            !strcmp(scenario->faults[i].target, fault->target))
            return false;
    for (unsigned i = 0; i < scenario->processes_count; i++)
        if (!strncmp(scenario->processes[i].name, fault->target, strcspn(fault->target, ".")) &&
            strlen(scenario->processes[i].name) == strcspn(fault->target, "."))
            return true;
    return false;
}

static void carry_out(struct engine *engine, struct strike *strike)
{
    struct saboteur *saboteur = &engine->saboteur;
    struct err err = {0};
    strike->done = true;
    char what[sizeof saboteur->events->what];
    fault_event(strike->action, strike->fault->target, what, sizeof what);
    ns_t at = clock_now();
    bool hit = true;
    atomic_store(&saboteur->restarting, strike->action == FAULT_RESTART);
    pthread_mutex_lock(&engine->stack_lock);
    int rc = stack_fault(engine->stack, strike->fault, strike->action, &hit, &err);
    pthread_mutex_unlock(&engine->stack_lock);
    atomic_store(&saboteur->restarting, false);
    if (hit)
        note(saboteur, at, "%s%s", what, "");
    log_info("fault", "%s%s%s", what, rc ? ": " : "", rc ? err.message : "");
    if (rc && !saboteur->err.code)
        err_set(&saboteur->err, err.code, "faults.%d (%s): %s%s",
                (int)(strike->fault - engine->scenario->faults), what, err.message,
                strstr(err.message, "does not run")
                    ? ": another fault has ended it; let this one come after its restart"
                    : "");
    if (!rc && strike->action == FAULT_RESTART)
        note(saboteur, clock_now(), "%s %s", "ready again:", strike->fault->target);
    if (strike->fault->when == WHEN_HELD)
        atomic_fetch_sub(&saboteur->held_pending, 1);
    if (ends_for_good(engine->scenario, strike))
        atomic_store(&saboteur->consumer_gone, true);
}

static unsigned plan(const struct scenario *scenario, struct strike *strikes)
{
    struct rng rng;
    rng_seed(&rng, (uint64_t)scenario->seed);
    unsigned count = 0;
    for (unsigned i = 0; i < scenario->faults_count && count + 2 <= PENDING_MAX; i++) {
        const struct spec_fault *fault = &scenario->faults[i];
        ns_t delay =
            fault->at_until > fault->at ? rng_between(&rng, fault->at, fault->at_until) : fault->at;
        strikes[count++] = (struct strike){fault, fault->action, delay, 0, false};
        if (fault->restart_after)
            strikes[count++] =
                (struct strike){fault, FAULT_RESTART, delay + fault->restart_after, 0, false};
    }
    return count;
}

/* The first strike that is due, or NULL. Sets due instants of strikes whose trigger has come. */
static struct strike *next_due(struct engine *engine, struct strike *strikes, unsigned count,
                               ns_t now, bool *ret_pending)
{
    struct strike *best = NULL;
    *ret_pending = false;
    for (unsigned i = 0; i < count; i++) {
        struct strike *strike = &strikes[i];
        if (strike->done)
            continue;
        *ret_pending = true;
        if (!strike->due) {
            ns_t at = trigger(engine, strike->fault, now);
            strike->due = at ? at + strike->delay : 0;
        }
        if (strike->due && strike->due <= now && (!best || strike->due < best->due))
            best = strike;
    }
    return best;
}

static void *sabotage(void *argument)
{
    struct engine *engine = argument;
    struct strike strikes[PENDING_MAX];
    unsigned count = plan(engine->scenario, strikes);
    bool pending = true;
    while (pending && !atomic_load(&engine->saboteur.stop)) {
        ns_t now = clock_now();
        struct strike *strike = next_due(engine, strikes, count, now, &pending);
        if (strike)
            carry_out(engine, strike);
        else
            clock_sleep_until(now + NS_PER_MS / 2);
    }
    atomic_store(&engine->saboteur.finished, true);
    return NULL;
}

int saboteur_start(struct engine *engine, struct err *err)
{
    if (!engine->scenario->faults_count) {
        atomic_store(&engine->saboteur.finished, true);
        return 0;
    }
    struct strike strikes[PENDING_MAX];
    for (unsigned i = plan(engine->scenario, strikes); i-- > 0;)
        atomic_fetch_add(&engine->saboteur.held_pending, strikes[i].fault->when == WHEN_HELD);
    int rc = pthread_create(&engine->saboteur.thread, NULL, sabotage, engine);
    if (rc)
        return err_errno(err, ERR_ENVIRONMENT, rc, "cannot start the faults' thread");
    engine->saboteur.running = true;
    return 0;
}

void saboteur_join(struct engine *engine)
{
    if (!engine->saboteur.running)
        return;
    atomic_store(&engine->saboteur.stop, true);
    pthread_join(engine->saboteur.thread, NULL);
    engine->saboteur.running = false;
    for (unsigned i = 0; i < engine->saboteur.events_count; i++)
        run_event_add(engine->run, engine->saboteur.events[i].at, "%s",
                      engine->saboteur.events[i].what);
}
