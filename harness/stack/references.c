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

static int set_place(struct refs *refs, const char *name, const struct process *process,
                     struct err *err)
{
    char port[64];
    snprintf(port, sizeof port, "%s.port", name);
    int result = refs_set(refs, err, port, "%u", process->port.number);
    return result ? result : refs_set(refs, err, name, "http://127.0.0.1:%u", process->port.number);
}

int stack_point_at(struct stack *stack, const struct process *process, struct err *err)
{
    int result = set_place(&stack->refs, process->spec->name, process, err);
    return result ? result : refs_set(&stack->refs, err, "instance", "%d", process->instance);
}

/* ${name} is the first of several, ${name.2} the second. */
static int set_processes(struct stack *stack, struct err *err)
{
    int result = refs_set(&stack->refs, err, "instance", "1");
    for (unsigned i = 0; result == 0 && i < stack->processes_count; i++) {
        const struct process *process = &stack->processes[i];
        result = set_place(&stack->refs, process->child.name, process, err);
        if (result == 0 && process->instance == 1)
            result = set_place(&stack->refs, process->spec->name, process, err);
    }
    return result;
}

int stack_make_refs(struct stack *stack, struct err *err)
{
    int result = set_servers(stack, err);
    if (result == 0)
        result = set_processes(stack, err);
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

/* The first instance of the process that a text names without a number; NULL: none has several. */
static struct process *named_by(const struct stack *stack, const char *text)
{
    for (unsigned i = 0; i < stack->processes_count; i++)
        if (stack->processes[i].spec->count > 1 && refs_names(text, stack->processes[i].spec->name))
            return &stack->processes[i];
    return NULL;
}

int stack_expand_each(struct stack *stack, const char *text, char **ret_texts, unsigned room,
                      unsigned *ret_count, struct err *err)
{
    const struct process *first = named_by(stack, text);
    unsigned count = first ? (unsigned)first->spec->count : 1;
    int result = 0;
    for (unsigned i = 0; result == 0 && i < count; i++) {
        if (*ret_count == room)
            return err_set(err, ERR_USAGE, "there are more than %u instances", room);
        if (first)
            result = stack_point_at(stack, first + i, err);
        if (result == 0)
            result = stack_expand(stack, text, &ret_texts[*ret_count], err);
        *ret_count += result == 0;
    }
    return result || !first ? result : stack_point_at(stack, first, err);
}

const char *stack_process_at(const struct stack *stack, unsigned port)
{
    for (unsigned i = 0; i < stack->processes_count; i++)
        if (stack->processes[i].port.number == port)
            return stack->processes[i].child.name;
    return NULL;
}
