#include "model/observed.h"

#include <stdio.h>
#include <stdlib.h>

void observed_free(struct observed *observed)
{
    free(observed->v);
    free(observed->doors);
    *observed = (struct observed){0};
}

/* What belongs together stands together: by door and shape, then by time. */
static int by_door_and_shape(const void *left, const void *right)
{
    const struct trace_statement *a = *(const struct trace_statement *const *)left;
    const struct trace_statement *b = *(const struct trace_statement *const *)right;
    if (a->store != b->store)
        return a->store < b->store ? -1 : 1;
    if (a->shape != b->shape)
        return a->shape < b->shape ? -1 : 1;
    return (a->asked > b->asked) - (a->asked < b->asked);
}

static int by_connection(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static int by_time(const void *left, const void *right)
{
    ns_t a = *(const ns_t *)left, b = *(const ns_t *)right;
    return (a > b) - (a < b);
}

/* Room for the figures of as many statements as there are; used again for each shape. */
struct scratch {
    ns_t *begins, *ends;
    uint32_t *connections;
};

static int64_t count_connections(uint32_t *connections, size_t count)
{
    int64_t distinct = count > 0;
    qsort(connections, count, sizeof *connections, by_connection);
    for (size_t i = 1; i < count; i++)
        distinct += connections[i] != connections[i - 1];
    return distinct;
}

/* Both in order of time. What ends when another begins makes room for it. */
static int64_t most_at_once(const ns_t *begins, size_t begins_count, const ns_t *ends,
                            size_t ends_count)
{
    int64_t now = 0, most = 0;
    for (size_t i = 0, j = 0; i < begins_count; i++) {
        for (; j < ends_count && ends[j] <= begins[i]; j++)
            now--;
        if (++now > most)
            most = now;
    }
    return most;
}

/* Connections and how many were inside at once, of these statements. */
static void crowd(struct trace_statement *const *v, size_t count, const struct scratch *scratch,
                  int64_t *ret_connections, int64_t *ret_at_once)
{
    size_t ends = 0;
    for (size_t i = 0; i < count; i++) {
        scratch->begins[i] = v[i]->asked;
        scratch->connections[i] = v[i]->connection;
        if (v[i]->answered)
            scratch->ends[ends++] = v[i]->answered;
    }
    qsort(scratch->begins, count, sizeof *scratch->begins, by_time);
    qsort(scratch->ends, ends, sizeof *scratch->ends, by_time);
    *ret_at_once = most_at_once(scratch->begins, count, scratch->ends, ends);
    *ret_connections = count_connections(scratch->connections, count);
}

static void spans(struct trace_statement *const *v, size_t count, const struct scratch *scratch,
                  struct observed_shape *shape)
{
    size_t answered = 0;
    for (size_t i = 0; i < count; i++) {
        shape->failed += (v[i]->flags & TRACE_FAILED) != 0;
        if (v[i]->answered)
            scratch->ends[answered++] = v[i]->answered - v[i]->asked;
    }
    shape->unanswered = (int64_t)(count - answered);
    if (!answered)
        return;
    qsort(scratch->ends, answered, sizeof *scratch->ends, by_time);
    shape->p50 = scratch->ends[(answered - 1) / 2];
    shape->p99 = scratch->ends[(answered - 1) * 99 / 100];
    shape->max = scratch->ends[answered - 1];
}

static void describe(const struct trace *trace, struct trace_statement *const *v, size_t count,
                     const struct scratch *scratch, struct observed_shape *shape)
{
    const struct trace_door *door = &trace->doors[v[0]->store];
    *shape = (struct observed_shape){.statements = (int64_t)count};
    snprintf(shape->process, sizeof shape->process, "%s", door->process);
    snprintf(shape->store, sizeof shape->store, "%s", door->store);
    snprintf(shape->kind, sizeof shape->kind, "%s", trace_what_name(v[0]->what));
    snprintf(shape->text, sizeof shape->text, "%s", trace->shapes[v[0]->shape].text);
    crowd(v, count, scratch, &shape->connections, &shape->at_once);
    spans(v, count, scratch, shape);
}

static bool same_group(const struct trace_statement *a, const struct trace_statement *b)
{
    return a->store == b->store && a->shape == b->shape;
}

static int describe_all(const struct trace *trace, struct trace_statement **v, size_t count,
                        const struct scratch *scratch, struct observed *observed)
{
    unsigned groups = 0;
    qsort(v, count, sizeof(struct trace_statement *), by_door_and_shape);
    for (size_t i = 0; i < count; i++)
        groups += i == 0 || !same_group(v[i], v[i - 1]);
    observed->v = calloc(groups + 1, sizeof *observed->v);
    if (!observed->v)
        return -(int)ERR_MEMORY;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && same_group(v[from], v[to]); to++)
            ;
        describe(trace, v + from, to - from, scratch, &observed->v[observed->count++]);
    }
    return 0;
}

static int64_t most_held(const struct trace *trace, ns_t from)
{
    int64_t most = 0;
    for (size_t i = 0; i < trace->groups_count; i++) {
        int64_t held = (int64_t)trace->groups[i].held + trace->groups[i].behind;
        if (trace->groups[i].at >= from && held > most)
            most = held;
    }
    return most;
}

static int fill(const struct trace *trace, struct trace_statement **v, size_t count, ns_t from,
                const struct scratch *scratch, struct observed *observed)
{
    observed->doors = calloc(trace->stores_count + 1, sizeof *observed->doors);
    if (!observed->doors)
        return -(int)ERR_MEMORY;
    for (; observed->doors_count < trace->stores_count; observed->doors_count++) {
        struct observed_door *door = &observed->doors[observed->doors_count];
        const struct trace_door *way = &trace->doors[observed->doors_count];
        snprintf(door->process, sizeof door->process, "%s", way->process);
        snprintf(door->store, sizeof door->store, "%s", way->store);
    }
    for (size_t i = 0; i < trace->count; i++)
        if (trace->v[i].store < trace->stores_count)
            observed->doors[trace->v[i].store].statements++;
    observed->known = trace->known;
    observed->statements = (int64_t)count;
    observed->held = most_held(trace, from);
    snprintf(observed->around, sizeof observed->around, "%s", trace->around);
    snprintf(observed->blind, sizeof observed->blind, "%s", trace->blind);
    crowd(v, count, scratch, &observed->connections, &observed->at_once);
    return describe_all(trace, v, count, scratch, observed);
}

int observed_make(const struct trace *trace, ns_t from, struct observed *ret_observed,
                  struct err *err)
{
    struct observed observed = {0};
    size_t count = 0;
    struct trace_statement **v = calloc(trace->count + 1, sizeof(struct trace_statement *));
    struct scratch scratch = {calloc(trace->count + 1, sizeof *scratch.begins),
                              calloc(trace->count + 1, sizeof *scratch.ends),
                              calloc(trace->count + 1, sizeof *scratch.connections)};
    int rc = v && scratch.begins && scratch.ends && scratch.connections ? 0 : -(int)ERR_MEMORY;
    for (size_t i = 0; !rc && i < trace->count; i++)
        if (trace->v[i].asked >= from && trace->v[i].store < trace->stores_count)
            v[count++] = &trace->v[i];
    if (!rc)
        rc = fill(trace, v, count, from, &scratch, &observed);
    free(v);
    free(scratch.begins);
    free(scratch.ends);
    free(scratch.connections);
    if (rc) {
        observed_free(&observed);
        return err_set(err, ERR_MEMORY, "no room for the statements' figures");
    }
    *ret_observed = observed;
    return 0;
}
