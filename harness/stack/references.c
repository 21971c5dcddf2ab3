/* What ${...} stands for in this stack. */
#include <inttypes.h>
#include <stdio.h>

#include "stack/inside.h"

static int set_stores(struct stack *stack, struct err *err)
{
    const struct server *redis = &stack->servers[SERVER_REDIS];
    const struct server *postgres = &stack->servers[SERVER_POSTGRES];
    const struct server *kafka = &stack->servers[SERVER_KAFKA];
    int result = 0;
    if (redis->user_url[0])
        result = refs_set(&stack->refs, err, "redis.url", "%s", redis->user_url);
    if (result == 0 && redis->ports[0].number) {
        result = refs_set(&stack->refs, err, "redis.tcp", "%s", redis->user_url);
        if (result == 0)
            result = refs_set(&stack->refs, err, "redis.port", "%u", redis->ports[0].number);
        if (result == 0)
            result = refs_set(&stack->refs, err, "redis.password", "%s", redis->password);
    }
    if (result == 0 && postgres->user_url[0])
        result = refs_set(&stack->refs, err, "postgres.url", "%s", postgres->user_url);
    if (result == 0 && postgres->password[0]) {
        result = refs_set(&stack->refs, err, "postgres.port", "%u", postgres->ports[0].number);
        if (result == 0)
            result = refs_set(&stack->refs, err, "postgres.password", "%s", postgres->password);
    }
    if (result == 0 && kafka->user_url[0])
        result = refs_set(&stack->refs, err, "kafka.brokers", "%s", kafka->user_url);
    return result;
}

int stack_make_refs(struct stack *stack, struct err *err)
{
    int result = set_stores(stack, err);
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
