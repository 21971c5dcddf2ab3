#include "verify/gone.h"

#include <stdio.h>
#include <string.h>

const char *gone_how_ended(const struct process_info *process, char *ret_text, size_t size)
{
    const char *name = process->signal ? sigabbrev_np(process->signal) : NULL;
    if (!process->signal)
        snprintf(ret_text, size, "exit code %d", process->exit_code);
    else if (name)
        snprintf(ret_text, size, "signal %d (SIG%s)", process->signal, name);
    else
        snprintf(ret_text, size, "signal %d", process->signal);
    return ret_text;
}

static bool carried_out(const struct run *run, const struct spec_fault *fault)
{
    char event[sizeof run->events->what];
    fault_event(fault->action, fault->target, event, sizeof event);
    for (unsigned i = 0; i < run->events_count; i++)
        if (!strcmp(run->events[i].what, event))
            return true;
    return false;
}

static const struct process_info *find_process(const struct run *run, const char *name)
{
    for (unsigned i = 0; i < run->processes_count; i++)
        if (!strcmp(run->processes[i].name, name))
            return &run->processes[i];
    return NULL;
}

/* What would bring it back. */
static bool takes_away(const struct run *run, const struct spec_fault *fault,
                       enum fault_action *ret_undo)
{
    const struct process_info *process = find_process(run, fault->target);
    switch (fault->action) {
    case FAULT_STOP:
        *ret_undo = FAULT_CONTINUE;
        return true;
    case FAULT_BROKER_DOWN:
        *ret_undo = FAULT_BROKER_UP;
        return true;
    case FAULT_SIGNAL: /* which it may have outlived */
        *ret_undo = FAULT_RESTART;
        return process && process->ended;
    case FAULT_KILL:
    case FAULT_TERMINATE:
        *ret_undo = FAULT_RESTART;
        return true;
    default:
        return false;
    }
}

static bool is_undone(const struct run *run, const struct spec_fault *fault, enum fault_action undo)
{
    for (unsigned i = 0; i < run->scenario->faults_count; i++) {
        const struct spec_fault *other = &run->scenario->faults[i];
        bool starts = other->action == undo || (undo == FAULT_RESTART && other->restart_after);
        if (starts && !strcmp(other->target, fault->target))
            return true;
    }
    return false;
}

int gone_fault(const struct run *run, const char *target)
{
    for (unsigned i = 0; i < run->scenario->faults_count; i++) {
        const struct spec_fault *fault = &run->scenario->faults[i];
        enum fault_action undo;
        if ((!target || !strcmp(target, fault->target)) && takes_away(run, fault, &undo) &&
            !is_undone(run, fault, undo) && carried_out(run, fault))
            return (int)i;
    }
    return -1;
}

static const char *remedy(enum fault_action action)
{
    return action == FAULT_STOP          ? "`continue` lets it go on"
           : action == FAULT_BROKER_DOWN ? "`broker_up` brings it back"
                                         : "restart_after starts it again";
}

bool gone_describe(const struct run *run, char *ret_text, size_t size)
{
    int fault = gone_fault(run, NULL);
    if (fault >= 0) {
        const struct spec_fault *spec = &run->scenario->faults[fault];
        char event[sizeof run->events->what];
        fault_event(spec->action, spec->target, event, sizeof event);
        snprintf(ret_text, size, "faults.%d (%s) took it away, and nothing brings it back: %s",
                 fault, event, remedy(spec->action));
        return true;
    }
    for (unsigned i = 0; i < run->processes_count; i++) {
        const struct process_info *process = &run->processes[i];
        char how[64];
        bool during = run->history.origin && process->ended >= run->history.origin;
        if (!during || *process->asked)
            continue;
        snprintf(ret_text, size, "%s ended by itself (%s) during the run: see logs/%s.log for why",
                 process->name, gone_how_ended(process, how, sizeof how), process->name);
        return true;
    }
    return false;
}
