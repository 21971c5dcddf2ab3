/* Before the first round, and between rounds. */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/units.h"
#include "base/words.h"
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

/* NULL: one that no run starts, such as a file of SQLite. */
static const struct server *server_of(const struct stack *stack, const char *name)
{
    int which = words_find(spec_servers, name);
    return which < 0 ? NULL : &stack->servers[which];
}

int stack_reset_address(const struct stack *stack, const char *name, char **ret_url,
                        struct err *err)
{
    const struct server *server = server_of(stack, name);
    const char *rows = spec_rows_of(stack->scenario, name);
    *ret_url = NULL;
    if (server && server->user_url[0])
        *ret_url = strdup(server->user_url);
    else
        return rows ? stack_expand(stack, rows, ret_url, err) : 0;
    return *ret_url ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

/* The commands of one store; looks: for the tables that were not there. */
static int run_resets(struct stack *stack, const char *name, bool looks, struct err *err)
{
    const struct server *server = server_of(stack, name);
    _cleanup_free_ char *url = NULL;
    if (!resets_any(&stack->place, name, looks))
        return 0;
    int result = stack_reset_address(stack, name, &url, err);
    if (result || !url)
        return result;
    return looks ? resets_look(&stack->place, name, url, err)
                 : resets_run(&stack->place, name, url, server && is_own(server), err);
}

int stack_run_resets(struct stack *stack, bool new, struct err *err)
{
    int result = 0;
    stack->place.new = new;
    stack->missed = 0;
    for (int i = 0; result == 0 && spec_resets[i]; i++)
        result = run_resets(stack, spec_resets[i], false, err);
    return result;
}

/* The tables that were not there: whoever makes them is ready by now, or they are misspelled. */
static int look_for_missed(struct stack *stack, struct err *err)
{
    int result = 0;
    for (int i = 0; result == 0 && spec_resets[i]; i++)
        result = run_resets(stack, spec_resets[i], true, err);
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
