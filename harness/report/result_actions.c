/* What actions came to, as figures and in words. */
#include <inttypes.h>
#include <stdio.h>

#include "report/result.h"
#include "report/result_tables.h"

/* Of one action, by class. */
static void count(const struct run *run, unsigned action, int64_t ret_counts[static CLASS_COUNT])
{
    for (int c = 0; c < CLASS_COUNT; c++)
        ret_counts[c] = 0;
    for (size_t i = 0; i < run->actions.count; i++)
        if (run->actions.deeds[i].action == action && run->actions.v[i].cls < CLASS_COUNT)
            ret_counts[run->actions.v[i].cls]++;
}

static int64_t sent_of(const int64_t *counts)
{
    int64_t sent = 0;
    for (int c = 0; c < CLASS_COUNT; c++)
        sent += c == CLASS_SKIPPED ? 0 : counts[c];
    return sent;
}

json_t *result_actions(const struct run *run)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < run->scenario->actions_count; i++) {
        int64_t counts[CLASS_COUNT];
        count(run, i, counts);
        json_t *action = json_object();
        json_object_set_new(action, "name", json_string(run->scenario->actions[i].name));
        json_object_set_new(action, "sent", json_integer(sent_of(counts)));
        for (int c = 0; c < CLASS_COUNT; c++)
            json_object_set_new(action, request_class_name((enum request_class)c),
                                json_integer(counts[c]));
        json_array_append_new(array, action);
    }
    return array;
}

const char *result_actions_line(const struct run *run, char *ret_text, size_t size)
{
    size_t used = 0;
    *ret_text = '\0';
    for (unsigned i = 0; i < run->scenario->actions_count && run->actions.count; i++) {
        int64_t counts[CLASS_COUNT];
        count(run, i, counts);
        int64_t sent = sent_of(counts);
        int64_t other = sent - counts[CLASS_ACCEPTED] - counts[CLASS_REJECTED];
        if (!sent || used >= size)
            continue;
        used += (size_t)snprintf(ret_text + used, size - used,
                                 "%s%s %" PRId64 ": %" PRId64 " yes, %" PRId64 " no",
                                 used ? "; " : "", run->scenario->actions[i].name, sent,
                                 counts[CLASS_ACCEPTED], counts[CLASS_REJECTED]);
        if (other && used < size)
            used += (size_t)snprintf(ret_text + used, size - used, ", %" PRId64 " neither", other);
    }
    return ret_text;
}
