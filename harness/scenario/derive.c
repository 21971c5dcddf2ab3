#include "scenario/derive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More load threads than that take the cores from the service. */
enum { WORKERS_MAX = 8 };

static void derive_workers(struct scenario *scenario)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!scenario->workers)
        scenario->workers = cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : cores;
}

static int add_topic(struct spec_stack *stack, const char *name)
{
    for (unsigned i = 0; i < stack->topics_count; i++)
        if (!strcmp(stack->topics[i].name, name))
            return 0;
    struct spec_topic *topic = &stack->topics[stack->topics_count++];
    *topic = (struct spec_topic){strdup(name), 3, 1};
    return topic->name ? 0 : -(int)ERR_MEMORY;
}

/* Of a pipeline on the stack's own Kafka. */
static int derive_topics(struct scenario *scenario, const struct tree *tree)
{
    struct spec_stack *stack = &scenario->stack;
    const struct spec_pipeline *pipeline = scenario->evidence.pipeline;
    bool ours = !strcmp(stack->kafka, "embedded") || !strcmp(stack->kafka, "apache");
    bool given = node_find(node_find(tree->root, "stack"), "topics");
    if (!pipeline || !ours || given || pipeline->brokers)
        return 0;
    stack->topics = calloc(pipeline->topics_count + 1, sizeof *stack->topics);
    int rc = stack->topics ? 0 : -(int)ERR_MEMORY;
    for (unsigned i = 0; i < pipeline->topics_count && !rc; i++)
        rc = add_topic(stack, pipeline->topics[i]);
    return rc || !pipeline->dead_letter ? rc : add_topic(stack, pipeline->dead_letter);
}

/* Whose end is waited for may end. */
static void derive_once(struct scenario *scenario)
{
    for (unsigned i = 0; i < scenario->processes_count; i++) {
        struct spec_process *process = &scenario->processes[i];
        process->once |= process->ready && process->ready->ended;
    }
}

int derive_defaults(struct scenario *scenario, const struct tree *tree, struct err *err)
{
    derive_workers(scenario);
    derive_once(scenario);
    return derive_topics(scenario, tree) ? err_set(err, ERR_MEMORY, "out of memory") : 0;
}
