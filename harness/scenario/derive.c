#include "scenario/derive.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More load threads than that take the cores from the service. */
enum { WORKERS_MAX = 8 };

static int derive_workers(struct tree *tree)
{
    if (node_find(tree->root, "workers"))
        return 0;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    char text[24];
    snprintf(text, sizeof text, "%ld", cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : cores);
    return node_put_text(tree, tree->root, "workers", text);
}

static int add_topic(struct tree *tree, struct node *topics, const char *name, int line)
{
    for (size_t i = 0; i < topics->count; i++) {
        const char *there = node_find_text(topics->entries[i].value, "name");
        if (there && !strcmp(there, name))
            return 0;
    }
    struct node *topic = node_map(tree, line);
    if (!topic || node_put_text(tree, topic, "name", name) ||
        node_put_text(tree, topic, "partitions", "3") ||
        node_put_text(tree, topic, "replication", "1"))
        return -(int)ERR_MEMORY;
    return node_push(tree, topics, topic);
}

/* Of a pipeline on the stack's own Kafka. */
static int derive_topics(struct tree *tree)
{
    struct node *stack = node_find(tree->root, "stack");
    const struct node *pipeline = node_find(node_find(tree->root, "evidence"), "pipeline");
    const char *kafka = node_find_text(stack, "kafka");
    bool ours = kafka && (!strcmp(kafka, "embedded") || !strcmp(kafka, "apache"));
    if (!pipeline || !ours || node_find(stack, "topics") || node_find(pipeline, "brokers"))
        return 0;
    struct node *topics = node_list(tree, pipeline->line);
    if (node_put(tree, stack, "topics", topics))
        return -(int)ERR_MEMORY;
    const struct node *names = node_find(pipeline, "topics");
    int rc = 0;
    for (size_t i = 0; i < names->count && !rc; i++)
        rc = add_topic(tree, topics, names->entries[i].value->text, names->line);
    const char *dead_letter = node_find_text(pipeline, "dead_letter");
    return rc || !dead_letter ? rc : add_topic(tree, topics, dead_letter, pipeline->line);
}

static int derive_power(struct tree *tree)
{
    const struct node *expect = node_find(tree->root, "expect");
    for (size_t i = 0; expect && i < expect->count; i++) {
        struct node *entry = expect->entries[i].value;
        const char *check = node_find_text(entry, "check");
        if (check && !strcmp(check, "fcfs_power") && !node_find(entry, "power_percent") &&
            node_put_text(tree, entry, "power_percent", "10"))
            return -(int)ERR_MEMORY;
    }
    return 0;
}

/* Whose end is waited for may end. */
static int derive_once(struct tree *tree)
{
    const struct node *processes = node_find(tree->root, "processes");
    for (size_t i = 0; processes && i < processes->count; i++) {
        struct node *process = processes->entries[i].value;
        const char *ended = node_find_text(node_find(process, "ready"), "ended");
        if (ended && !strcmp(ended, "true") && node_put_text(tree, process, "once", "true"))
            return -(int)ERR_MEMORY;
    }
    return 0;
}

int derive_defaults(struct tree *tree, struct err *err)
{
    if (derive_workers(tree) || derive_topics(tree) || derive_power(tree) || derive_once(tree))
        return err_set(err, ERR_MEMORY, "out of memory");
    return 0;
}
