/* Members of the consumer's group that the run has not started. A broker tells no more of a member
 * than its client's name and host, so what tells them apart is when they came. */
#include <stdio.h>
#include <string.h>

#include "stack/inside.h"

/* The brokers of a group that may have members from elsewhere; NULL: there is none. */
static const char *brokers_of(const struct stack *stack)
{
    const struct spec_pipeline *pipeline = stack->scenario->evidence.pipeline;
    const struct server *kafka = &stack->servers[SERVER_KAFKA];
    if (!pipeline || pipeline->kind != PIPELINE_kafka || !stack->processes_count ||
        kafka->kind == &kafka_embedded)
        return NULL;
    bool given = pipeline->url && pipeline->url[0] != '$';
    const char *brokers = given ? pipeline->url : kafka->own_url;
    return brokers[0] ? brokers : NULL;
}

void strangers_remember(struct stack *stack)
{
    const char *brokers = brokers_of(stack);
    if (brokers)
        stack->before_count = kafkalink_members(brokers, stack->scenario->evidence.pipeline->group,
                                                stack->before, MEMBERS_KEPT);
}

static bool was_before(const struct stack *stack, const char *id)
{
    for (int i = 0; i < stack->before_count && i < MEMBERS_KEPT; i++)
        if (!strcmp(stack->before[i].id, id))
            return true;
    return false;
}

const char *stack_strangers(const struct stack *stack, char *ret_text, size_t size)
{
    struct kafka_member members[MEMBERS_KEPT];
    if (stack->before_count <= 0)
        return NULL;
    int count = kafkalink_members(brokers_of(stack), stack->scenario->evidence.pipeline->group,
                                  members, MEMBERS_KEPT);
    size_t used = 0;
    bool others = false;
    for (int i = 0; i < count && i < MEMBERS_KEPT && used < size; i++) {
        if (was_before(stack, members[i].id))
            used += (size_t)snprintf(ret_text + used, size - used, "%s%s at %s", used ? ", " : "",
                                     members[i].client, members[i].host);
        else
            others = true;
    }
    /* Alone, they are the consumer. */
    return used && others ? ret_text : NULL;
}
