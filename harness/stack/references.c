/* What ${...} stands for in this stack. */
#include <inttypes.h>
#include <stdio.h>

#include "base/words.h"

#include "stack/inside.h"

/* Of one of the run's own that has a port and a password. */
static int set_own(struct refs *refs, const struct server *server, struct err *err)
{
    char text[64];
    const char *name = server->child.name;
    const struct {
        const char *part, *value;
    } parts[] = {{"tcp", server->user_url}, {"port", text}, {"password", server->password}};
    int result = 0;
    snprintf(text, sizeof text, "%u", server->ports[0].number);
    for (size_t i = 0; result == 0 && i < sizeof parts / sizeof *parts; i++) {
        char whole[64];
        snprintf(whole, sizeof whole, "%s.%s", name, parts[i].part);
        if (words_find(spec_server_own(name), whole) >= 0)
            result = refs_set(refs, err, whole, "%s", parts[i].value);
    }
    return result;
}

static int set_servers(struct stack *stack, struct err *err)
{
    int result = 0;
    for (int i = 0; result == 0 && i < SERVER_COUNT; i++) {
        const struct server *server = &stack->servers[i];
        char name[64];
        if (!server->user_url[0])
            continue;
        snprintf(name, sizeof name, "%s.%s", server->child.name,
                 spec_server_reference(server->child.name));
        result = refs_set(&stack->refs, err, name, "%s", server->user_url);
        if (result == 0 && server->password[0])
            result = set_own(&stack->refs, server, err);
    }
    return result;
}

int stack_make_refs(struct stack *stack, struct err *err)
{
    int result = set_servers(stack, err);
    for (unsigned i = 0; result == 0 && i < stack->processes_count; i++) {
        const struct process *process = &stack->processes[i];
        char name[64];
        snprintf(name, sizeof name, "%s.port", process->spec->name);
        result = refs_set(&stack->refs, err, name, "%u", process->port.number);
        if (result == 0)
            result = refs_set(&stack->refs, err, process->spec->name, "http://127.0.0.1:%u",
                              process->port.number);
    }
    if (result == 0)
        result = refs_set(&stack->refs, err, "limit", "%" PRId64, stack->scenario->limit);
    if (result == 0)
        result = refs_set(&stack->refs, err, "dir", "%s", stack->dir);
    if (result == 0)
        result = refs_set(&stack->refs, err, "scenario.dir", "%s", stack->scenario_dir);
    return result;
}

int stack_expand(const struct stack *stack, const char *text, char **ret_text, struct err *err)
{
    return refs_expand(&stack->refs, text, ret_text, err);
}
