/* Before the first round, and between rounds. */
#include <string.h>

#include "base/log.h"
#include "base/units.h"
#include "stack/inside.h"
#include "stack/resets.h"
#include "stack/team.h"

#define MISSED_EVERY (100 * NS_PER_MS)

static bool is_own(const struct server *server)
{
    return server->child.starts > 0;
}

/* Of the run's own servers: what other rounds have left goes away. */
static int empty_server(void *context, struct err *err)
{
    struct server *server = context;
    if (!is_own(server) || !server->kind->reset)
        return 0;
    ns_t begun = clock_now();
    int result = 0;
    if (child_ended(&server->child))
        result = child_start(&server->child, err);
    if (result == 0)
        result = server->kind->reset(server, err);
    log_info("stack", "%s: emptied in %.1f ms", server->child.name,
             (double)(clock_now() - begun) / NS_PER_MS);
    return result;
}

/* Of the stack, or that rows are read from. */
static const char *address_of(const struct stack *stack, int which)
{
    const char *url = stack->servers[which].user_url;
    return url[0] ? url : spec_rows_of(stack->scenario, spec_servers[which]);
}

const char *stack_reset_address(const struct stack *stack, const char *name)
{
    for (int i = 0; i < SERVER_COUNT; i++)
        if (!strcmp(spec_servers[i], name))
            return address_of(stack, i);
    return NULL;
}

int stack_run_resets(struct stack *stack, bool new, struct err *err)
{
    int result = 0;
    stack->place.new = new;
    stack->missed = 0;
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++) {
        const char *url = address_of(stack, i);
        if (url && resets_any(&stack->place, spec_servers[i], false))
            result =
                resets_run(&stack->place, spec_servers[i], url, is_own(&stack->servers[i]), err);
    }
    return result;
}

/* The tables that were not there: whoever makes them is ready by now, or they are misspelled. */
static int look_for_missed(struct stack *stack, struct err *err)
{
    int result = 0;
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++)
        if (resets_any(&stack->place, spec_servers[i], true))
            result = resets_look(&stack->place, spec_servers[i], address_of(stack, i), err);
    return result;
}

static int say_wait(struct err *err)
{
    struct err cause = *err;
    return err_set(err, cause.code,
                   "%s; is it spelled right? one that is made later is waited for: "
                   "preflight: {wait: 30s}",
                   cause.message);
}

int stack_look_for_missed(struct stack *stack, struct err *err)
{
    ns_t wait = stack->scenario->preflight.wait, give_up = clock_now() + wait;
    char span[32];
    while (look_for_missed(stack, err)) {
        int result = halt_check(&stack->halt, "waiting for a table", err);
        if (result)
            return result;
        if (clock_now() >= give_up) {
            if (wait)
                return err_prefix(err, "after preflight.wait: %s",
                                  units_format_duration(wait, span, sizeof span));
            return say_wait(err);
        }
        clock_sleep_until(clock_now() + MISSED_EVERY);
    }
    return 0;
}

int stack_reset(struct stack *stack, const volatile bool *stop, struct run *run, struct err *err)
{
    stack->halt.stop = stop;
    ns_t begun = clock_now();
    stack_stop_processes(stack);
    struct team_member members[SERVER_COUNT];
    for (int i = 0; i < SERVER_COUNT; i++)
        members[i] = (struct team_member){.start = empty_server, .what = &stack->servers[i]};
    int result = team_run(members, SERVER_COUNT, &stack->halt, err);
    if (result == 0 && stack_watches(stack))
        result = proxy_mark(&stack->proxy, err);
    if (result == 0)
        result = stack_run_resets(stack, false, err);
    if (result == 0)
        result = setup_run(stack, err);
    if (result == 0)
        result = stack_start_processes(stack, err);
    if (result == 0)
        result = stack_look_for_missed(stack, err);
    for (unsigned i = 0; i < stack->processes_count; i++)
        stack->processes[i].child.restarts = 0;
    stack_describe(stack, run);
    log_info("stack", "reset in %.1f ms", (double)(clock_now() - begun) / NS_PER_MS);
    return result;
}

int stack_tell_limit(struct stack *stack, struct err *err)
{
    struct surroundings around = {.refs = &stack->refs, .scenario_dir = stack->scenario_dir};
    int result = stack_point_at_limit(stack, &stack->refs, err);
    if (result == 0)
        result = setup_renew(stack, &around, err);
    for (unsigned i = 0; result == 0 && i < stack->processes_count; i++) {
        struct process *process = &stack->processes[i];
        around.refs = &process->refs;
        result = stack_point_at_limit(stack, &process->refs, err);
        if (result == 0)
            result = process_renew(process, &around, err);
    }
    return result;
}

int stack_reset_stores(struct stack *stack, struct err *err)
{
    return stack_run_resets(stack, false, err);
}
