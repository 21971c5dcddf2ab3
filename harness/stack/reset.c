/* Between rounds. */

#include "base/log.h"
#include "stack/address.h"
#include "stack/inside.h"

static int reset_server(struct stack *stack, struct server *server, struct err *err)
{
    if (!server->kind->reset)
        return 0;
    bool external = server->child.starts == 0;
    if (external && server_reset_text(&stack->place, server->child.name) &&
        !address_is_loopback(server->own_url) && !stack->place.allow_reset)
        return err_set(err, ERR_USAGE, "%s is not on this machine: its reset needs --allow-reset",
                       server->child.name);
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

int stack_reset(struct stack *stack, const volatile bool *stop, struct run *run, struct err *err)
{
    stack->halt.stop = stop;
    ns_t begun = clock_now();
    stack_stop_processes(stack);
    int result = 0;
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++)
        result = reset_server(stack, &stack->servers[i], err);
    if (result == 0)
        result = stack_start_processes(stack, err);
    for (unsigned i = 0; i < stack->processes_count; i++)
        stack->processes[i].child.restarts = 0;
    stack_describe(stack, run);
    log_info("stack", "reset in %.1f ms", (double)(clock_now() - begun) / NS_PER_MS);
    return result;
}
