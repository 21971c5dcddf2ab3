/* Members of the consumer's group that the run has not started. A broker tells no more of a member
 * than its client's name and host, so what tells them apart is when they came; where the run starts
 * nothing, all are from elsewhere, and clients of several names are several programs. */
#include <stdio.h>
#include <string.h>

#include "stack/inside.h"

/* The brokers of a group that may have members from elsewhere; NULL: there is none. */
static const char *brokers_of(const struct stack *stack)
{
    const struct spec_pipeline *pipeline = stack->scenario->evidence.pipeline;
    const struct server *kafka = &stack->servers[SERVER_kafka];
    if (!pipeline || pipeline->kind != PIPELINE_kafka || pipeline->properties_count ||
        kafka->kind == &kafka_embedded)
        return NULL;
    bool given = pipeline->url && pipeline->url[0] != '$';
    const char *brokers = given ? pipeline->url : kafka->own_url;
    return brokers[0] ? brokers : NULL;
}

void strangers_remember(struct stack *stack)
{
    const char *brokers = brokers_of(stack);
    if (brokers && stack->processes_count)
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

/* Threads of one program have a number behind its name: consumer-1, consumer-2. */
static bool same_program(const char *a, const char *b)
{
    size_t length = strcspn(a, "0123456789");
    return length == strcspn(b, "0123456789") && !strncmp(a, b, length);
}

const char *stack_strangers(const struct stack *stack, char *ret_text, size_t size)
{
    struct kafka_member members[MEMBERS_KEPT];
    const char *brokers = brokers_of(stack);
    if (!brokers || (stack->processes_count && stack->before_count <= 0))
        return NULL;
    int count = kafkalink_members(brokers, stack->scenario->evidence.pipeline->group, members,
                                  MEMBERS_KEPT);
    size_t used = 0;
    bool others = false;
    for (int i = 0; i < count && i < MEMBERS_KEPT && used < size; i++) {
        bool stranger = !stack->processes_count || was_before(stack, members[i].id);
        if (stranger)
            used += (size_t)snprintf(ret_text + used, size - used, "%s%s at %s", used ? ", " : "",
                                     members[i].client, members[i].host);
        others |= !stranger ||
                  (!stack->processes_count && !same_program(members[0].client, members[i].client));
    }
    /* Alone, they are the consumer. */
    return used && others ? ret_text : NULL;
}
