/* Before the first round, and between rounds. */

#include "base/log.h"
#include "stack/inside.h"
#include "stack/team.h"

static int reset_server(void *context, struct err *err)
{
    struct server *server = context;
    if (!server->kind->reset)
        return 0;
    bool external = server->child.starts == 0;
    ns_t begun = clock_now();
    int result = 0;
    if (!external && child_ended(&server->child))
        result = child_start(&server->child, err);
    if (result == 0)
        result = server->kind->reset(server, err);
    log_info("stack", "%s: emptied in %.1f ms", server->child.name,
             (double)(clock_now() - begun) / NS_PER_MS);
    return result;
}

int stack_reset_external(struct stack *stack, struct err *err)
{
    int result = 0;
    stack->place.new = true;
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++) {
        struct server *server = &stack->servers[i];
        if (server->child.starts == 0 && server->kind->reset)
            result = server->kind->reset(server, err);
    }
    if (result == 0)
        result = mysql_reset(&stack->place, err);
    stack->place.new = false;
    return result;
}

int stack_reset(struct stack *stack, const volatile bool *stop, struct run *run, struct err *err)
{
    stack->halt.stop = stop;
    ns_t begun = clock_now();
    stack_stop_processes(stack);
    struct team_member members[SERVER_COUNT];
    for (int i = 0; i < SERVER_COUNT; i++)
        members[i] = (struct team_member){.start = reset_server, .what = &stack->servers[i]};
    int result = team_run(members, SERVER_COUNT, &stack->halt, err);
    if (result == 0)
        result = mysql_reset(&stack->place, err);
    if (result == 0)
        result = stack_start_processes(stack, err);
    for (unsigned i = 0; i < stack->processes_count; i++)
        stack->processes[i].child.restarts = 0;
    stack_describe(stack, run);
    log_info("stack", "reset in %.1f ms", (double)(clock_now() - begun) / NS_PER_MS);
    return result;
}
