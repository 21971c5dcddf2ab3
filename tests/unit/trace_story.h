/* Traces written as tables, one row a statement, for tests. */
#ifndef TESTS_UNIT_TRACE_STORY_H
#define TESTS_UNIT_TRACE_STORY_H

#include "small_run.h"

/* Instants are ms after the first release. asks and answer: "5", "null", "?", "u7" (a user whose id
 * is no number), "#1" (a hash), several with blanks between; "" none. */
struct told {
    double asked, answered;
    unsigned connection;
    char kind; /* r w t: read, write, transaction */
    const char *shape, *asks, *answer;
    uint8_t flags;
};

static inline struct trace_values told_values(const char *text)
{
    struct trace_values values = {0};
    char *copy = strdup(text), *rest = copy;
    for (char *word; (word = strsep(&rest, " "));) {
        unsigned i = values.count;
        if (!*word)
            continue;
        values.count++;
        cr_assert_lt(i, TRACE_VALUES_MAX);
        values.kinds[i] = *word == 'u'            ? TRACE_USER
                          : *word == '#'          ? TRACE_OTHER
                          : *word == '?'          ? TRACE_NONE
                          : !strcmp(word, "null") ? TRACE_NULL
                                                  : TRACE_INTEGER;
        values.v[i] = strtoll(word + (*word == 'u' || *word == '#'), NULL, 10);
    }
    free(copy);
    return values;
}

static inline uint16_t told_shape(struct trace *trace, const char *text, enum trace_what what)
{
    for (unsigned i = 0; i < trace->shapes_count; i++)
        if (!strcmp(trace->shapes[i].text, text))
            return (uint16_t)i;
    cr_assert_eq(trace_shape_set(trace, trace->shapes_count, text, what, NULL), 0);
    return (uint16_t)(trace->shapes_count - 1);
}

static inline ns_t told_instant(double ms)
{
    return ms > 0 ? SMALL_ORIGIN + (ns_t)(ms * 1e6) : 0;
}

static inline void trace_told(struct trace *trace, const struct told *told, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum trace_what what = told[i].kind == 'r'   ? TRACE_READ
                               : told[i].kind == 'w' ? TRACE_WRITE
                                                     : TRACE_TXN;
        struct trace_statement statement = {
            .asked = told_instant(told[i].asked),
            .answered = told_instant(told[i].answered),
            .let_go = told_instant(told[i].answered),
            .connection = told[i].connection,
            .number = (uint32_t)i + 1,
            .what = (uint8_t)what,
            .flags = told[i].flags,
            .shape = told_shape(trace, told[i].shape, what),
            .store = trace_store(trace, "postgres"),
            .request = TRACE_NOBODY,
            .asks = told_values(told[i].asks),
            .answer = told_values(told[i].answer),
        };
        cr_assert_eq(trace_add(trace, &statement, NULL), 0);
    }
}

#endif
