#include "model/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void trace_free(struct trace *trace)
{
    free(trace->shapes);
    free(trace->v);
    free(trace->doors);
    free(trace->groups);
    *trace = (struct trace){0};
}

int trace_shape_set(struct trace *trace, unsigned number, const char *text, enum trace_what what,
                    struct err *err)
{
    if (number >= trace->shapes_count) {
        struct trace_shape *grown = realloc(trace->shapes, (number + 1) * sizeof *grown);
        if (!grown)
            return err_set(err, ERR_MEMORY, "no memory for the shapes of statements");
        memset(grown + trace->shapes_count, 0, (number + 1 - trace->shapes_count) * sizeof *grown);
        trace->shapes = grown;
        trace->shapes_count = number + 1;
    }
    struct trace_shape *shape = &trace->shapes[number];
    snprintf(shape->text, sizeof shape->text, "%s", text);
    shape->what = (uint8_t)what;
    return 0;
}

uint8_t trace_store(struct trace *trace, const char *name)
{
    for (unsigned i = 0; i < trace->stores_count; i++)
        if (!strcmp(trace->stores[i], name))
            return (uint8_t)i;
    if (trace->stores_count == TRACE_STORES_MAX)
        return TRACE_STORES_MAX - 1;
    snprintf(trace->stores[trace->stores_count], sizeof *trace->stores, "%s", name);
    return (uint8_t)trace->stores_count++;
}

int trace_add(struct trace *trace, const struct trace_statement *statement, struct err *err)
{
    if (trace->count == TRACE_MAX) {
        trace->left_out++;
        return 0;
    }
    if (trace->count == trace->room) {
        size_t room = trace->room ? trace->room * 2 : 256;
        struct trace_statement *grown = realloc(trace->v, room * sizeof *grown);
        if (!grown)
            return err_set(err, ERR_MEMORY, "no memory for %zu statements", room);
        trace->v = grown;
        trace->room = room;
    }
    int rc = statement->shape < trace->shapes_count
                 ? 0
                 : trace_shape_set(trace, statement->shape, "", TRACE_WRITE, err);
    if (!rc)
        trace->v[trace->count++] = *statement;
    return rc;
}

static int compare(const void *left, const void *right)
{
    const struct trace_statement *a = left, *b = right;
    if (a->asked != b->asked)
        return a->asked < b->asked ? -1 : 1;
    if (a->connection != b->connection)
        return a->connection < b->connection ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

void trace_sort(struct trace *trace)
{
    if (trace->count)
        qsort(trace->v, trace->count, sizeof *trace->v, compare);
}

static const char *const whats[TRACE_WHATS] = {"read",         "write",    "transaction",
                                               "housekeeping", "blocking", "subscribe"};

const char *trace_what_name(enum trace_what what)
{
    return whats[what];
}

int trace_what_find(const char *name)
{
    for (int i = 0; i < TRACE_WHATS; i++)
        if (!strcmp(whats[i], name))
            return i;
    return -1;
}

const char *owner_how_name(enum owner_how how)
{
    static const char *const names[] = {"", "guessed", "transaction", "seen"};
    return names[how];
}

int64_t trace_rows(const struct trace_statement *statement)
{
    const char *last = strrchr(statement->tag, ' ');
    return last && last[1] >= '0' && last[1] <= '9' ? strtoll(last + 1, NULL, 10) : -1;
}

bool trace_values_equal(const struct trace_values *a, const struct trace_values *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count && i < TRACE_VALUES_MAX; i++)
        if (a->kinds[i] != b->kinds[i] || a->v[i] != b->v[i])
            return false;
    return true;
}
