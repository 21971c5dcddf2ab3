/* Disturbing the stack on purpose. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#include "base/log.h"
#include "stack/inside.h"

static int signal_number(const char *name, struct err *err)
{
    if (name && strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int number = 1; name && number < NSIG; number++) {
        const char *known = sigabbrev_np(number);
        if (known && strcasecmp(known, name) == 0)
            return number;
    }
    return err_set(err, ERR_USAGE, "unknown signal %s; write HUP, INT, TERM, USR1, USR2 …",
                   name ? name : "");
}

static struct process *process_of(struct stack *stack, const struct child *child)
{
    for (unsigned i = 0; i < stack->processes_count; i++) {
        if (&stack->processes[i].child == child)
            return &stack->processes[i];
    }
    return NULL;
}

/* Kills what still runs and starts it on the same data, address and settings. */
static int restart(struct stack *stack, struct child *child, struct server *server, struct err *err)
{
    if (!child_ended(child))
        child_kill(child);
    if (!server)
        return process_start(process_of(stack, child), err);
    int result = child_start(child, err);
    if (result == 0 && server->kind->ready)
        result = server->kind->ready(server, err);
    return result;
}

static int send_signal(struct child *child, const struct spec_fault *fault, struct err *err)
{
    int number = signal_number(fault->signal, err);
    return number < 0 ? number : child_signal(child, number, false, err);
}

static bool is_broker(enum fault_action action)
{
    return action == FAULT_BROKER_DOWN || action == FAULT_BROKER_UP ||
           action == FAULT_PRODUCE_ERRORS;
}

static int hit(struct stack *stack, const struct spec_fault *fault, enum fault_action action,
               struct child *child, struct server *server, bool *ret_hit, struct err *err)
{
    if (server && server->child.starts == 0)
        return err_set(err, ERR_USAGE, "fault: %s (%s) is not a server of this run", fault->target,
                       server->kind->name);
    log_info("stack", "fault: action %d on %s", (int)action, fault->target);
    *ret_hit = true;
    /* A program that ended by itself cannot be hit any more. Where it was not to end, that is the
     * run's finding; where it was, nothing was disturbed. */
    if (action != FAULT_RESTART && !is_broker(action) && child_failed(child)) {
        log_warn("stack", "fault: %s had ended by itself", fault->target);
        *ret_hit = !child_is_done(child);
        return 0;
    }
    switch (action) {
    case FAULT_KILL:
        return child_signal(child, SIGKILL, true, err);
    case FAULT_STOP:
        return child_signal(child, SIGSTOP, true, err);
    case FAULT_CONTINUE:
        return child_signal(child, SIGCONT, true, err);
    case FAULT_TERMINATE:
        return child_signal(child, SIGTERM, false, err);
    case FAULT_SIGNAL:
        return send_signal(child, fault, err);
    case FAULT_RESTART:
        return restart(stack, child, server, err);
    case FAULT_BROKER_DOWN:
    case FAULT_BROKER_UP:
    case FAULT_PRODUCE_ERRORS:
        break;
    }
    if (!server || !server->kind->fault)
        return err_set(err, ERR_USAGE, "fault: only an embedded kafka can do that, not %s",
                       fault->target);
    int64_t number = action == FAULT_PRODUCE_ERRORS ? fault->errors : fault->broker;
    return server->kind->fault(server, action, number, err);
}

/* A process of several instances is all of them; name.2 is one. */
int stack_fault(struct stack *stack, const struct spec_fault *fault, enum fault_action action,
                bool *ret_hit, struct err *err)
{
    struct server *server;
    struct child *child = stack_find(stack, fault->target, &server);
    if (child)
        return hit(stack, fault, action, child, server, ret_hit, err);
    bool any = false, here = false;
    int result = 0;
    for (unsigned i = 0; i < stack->processes_count && !result; i++) {
        struct process *process = &stack->processes[i];
        if (strcmp(process->spec->name, fault->target) != 0)
            continue;
        result = hit(stack, fault, action, &process->child, NULL, &here, err);
        *ret_hit = any ? *ret_hit || here : here;
        any = true;
    }
    return any ? result
               : err_set(err, ERR_USAGE, "fault: no process or server is called %s", fault->target);
}
