/* The coordinator's side of the commit point. */
#include <stdio.h>

#include "agents/coordinator_inside.h"
#include "base/units.h"

/* For agents to say whether they fired, once `abort` was set. */
#define LAST_WORD (3 * NS_PER_S)

static ns_t shared_now(const struct coordinator *coordinator)
{
    return pulse_there(coordinator->pulse, clock_now());
}

/* A burst can be one only if the clocks are known better than it may be wide. */
static ns_t bound_most(const struct spec_phase *spec)
{
    const ns_t loosest = 100 * NS_PER_MS; /* no burst may be wider, whoever asks for nothing */
    if (spec->kind != LOAD_BURST)
        return 0;
    const struct spec_require *require = spec->burst.require;
    return (require && require->spread ? require->spread : loosest) / 2;
}

static struct commit_facts facts_now(struct coordinator *coordinator)
{
    const struct attendance *all = &coordinator->all;
    struct err ignored;
    return (struct commit_facts){
        .now = shared_now(coordinator),
        .size = all->size,
        .staged = COUNT(coordinator, staged),
        .armed = COUNT(coordinator, armed),
        .lost = coordinator_trouble(coordinator, "while it was held", &ignored) != 0,
        .stop = coordinator_stopping(coordinator),
        .bound = attendance_bound(all),
        .bound_most = bound_most(&coordinator->scenario->load[all->phase]),
        .round_trip = attendance_trip(all),
        .deadline = INT64_MAX,
    };
}

static int say_blurred(struct coordinator *coordinator, struct err *err)
{
    char name[96], bound[32], allowed[32];
    unsigned worst = 0;
    for (unsigned i = 1; i < coordinator->all.size; i++)
        worst = coordinator->all.v[i].bound > coordinator->all.v[worst].bound ? i : worst;
    units_format_duration(coordinator->all.v[worst].bound, bound, sizeof bound);
    units_format_duration(bound_most(&coordinator->scenario->load[coordinator->all.phase]), allowed,
                          sizeof allowed);
    return err_set(
        err, ERR_INVALID,
        "the clock of %s is known to %s only, and this burst needs %s: a Redis nearer to "
        "the agents, or a wider load.burst.require.spread",
        attendance_name(&coordinator->all, worst, name, sizeof name), bound, allowed);
}

/* Why nobody was to fire. */
static int say_fault(struct coordinator *coordinator, enum commit_fault fault, struct err *err)
{
    switch (fault) {
    case COMMIT_ASKED:
        return coordinator_stopped(err);
    case COMMIT_BLUR:
        return say_blurred(coordinator, err);
    case COMMIT_UNARMED:
        return err_set(err, ERR_INVALID,
                       "%u of %u agents had seen the go in time, and it was taken back",
                       COUNT(coordinator, armed), coordinator->all.size);
    case COMMIT_LOST:
    case COMMIT_SLOW:
    case COMMIT_NO_FAULT:
        break;
    }
    int rc = coordinator_trouble(coordinator, "while it was held", err);
    return rc ? rc : err_set(err, ERR_INVALID, "an agent was lost while it was held");
}

/* Whether really nobody has: who could not look any more has fired. */
static int taken_back(struct coordinator *coordinator, const struct err *cause, struct err *err)
{
    struct err ignored;
    char partial[640];
    ns_t until = coordinator->agreed + LAST_WORD;
    while (clock_now() < until && !COUNT(coordinator, fired) &&
           !coordinator_pump(coordinator, &ignored))
        ;
    if (!COUNT(coordinator, fired)) {
        *err = *cause;
        return -(int)err->code;
    }
    attendance_tell_partial(&coordinator->all, partial, sizeof partial);
    return err_set(err, ERR_INVALID, "a part of the rush was fired although it was taken back: %s",
                   partial);
}

/* Until the instant has come, or it is known that there is none. */
int coordinator_commit(struct coordinator *coordinator, struct err *err)
{
    struct commit_coordinator state = {0};
    unsigned phase = coordinator->all.phase;
    struct err cause = {0};
    for (;;) {
        if (coordinator_pump(coordinator, err))
            return -(int)err->code;
        const struct commit_facts facts = facts_now(coordinator);
        switch (commit_coordinator_step(&state, &facts)) {
        case COMMIT_GATHER:
            break;
        case COMMIT_SET_GO:
            coordinator->agreed = pulse_here(coordinator->pulse, state.go);
            if (coordinator_set_go(coordinator, phase, state.go, state.margin))
                commit_coordinator_set(&state);
            break;
        case COMMIT_SET_ABORT:
            (void)!say_fault(coordinator, state.fault, &cause);
            if (coordinator_set_abort(coordinator, "taken back"))
                commit_coordinator_aborted(&state, shared_now(coordinator));
            break;
        case COMMIT_TAKEN_BACK:
            return taken_back(coordinator, &cause, err);
        case COMMIT_GIVE_UP:
            return say_fault(coordinator, state.fault, err);
        case COMMIT_RELEASED:
            return 0;
        }
    }
}
