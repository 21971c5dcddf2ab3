#include "agents/message.h"

#include <stdlib.h>
#include <string.h>

#include "report/result_tables.h"

/* ---- to a text ---- */

char *message_of(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return text;
}

static void put_object(json_t *parent, const char *key, const struct field_table *table,
                       const void *from)
{
    json_t *object = json_object();
    if (object && !fields_write(table, from, 0, object))
        json_object_set_new(parent, key, object);
    else
        json_decref(object);
}

static json_t *points_of(const struct offsets *offsets)
{
    json_t *array = json_array();
    for (size_t i = 0; i < offsets->count; i++)
        json_array_append_new(array, json_pack("[I,I,I]", (json_int_t)offsets->v[i].at,
                                               (json_int_t)offsets->v[i].offset,
                                               (json_int_t)offsets->v[i].bound));
    return array;
}

char *message_phase(const struct phase_report *report)
{
    json_t *object =
        json_pack("{s:I,s:I,s:I,s:I,s:I,s:o}", "phase", (json_int_t)report->phase, "requests",
                  (json_int_t)report->requests, "first", (json_int_t)report->first, "last",
                  (json_int_t)report->last, "stepped", (json_int_t)report->stepped, "points",
                  points_of(&report->offsets));
    if (object) {
        put_object(object, "info", &result_load_phase_fields, &report->info);
        put_object(object, "connects", &result_connects_fields, &report->info.connects);
    }
    return message_of(object);
}

static json_t *kinds_of(const struct answers *answers)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < answers->count; i++) {
        json_t *kind = json_object();
        if (kind && !fields_write(&result_answer_fields, &answers->v[i], 0, kind))
            json_array_append_new(array, kind);
        else
            json_decref(kind);
    }
    return array;
}

static json_t *answers_of(const struct answers *answers)
{
    json_t *served = json_array();
    for (unsigned i = 0; i < answers->served.count; i++)
        json_array_append_new(served, fields_text(answers->served.names[i]));
    return json_pack("{s:o,s:I,s:I,s:o}", "kinds", kinds_of(answers), "others",
                     (json_int_t)answers->others, "unasked", (json_int_t)answers->unasked, "served",
                     served);
}

char *message_end(const struct end_report *report)
{
    json_t *object = json_pack("{s:o,s:o}", "answers", answers_of(&report->answers), "polled",
                               answers_of(&report->polled));
    if (object) {
        put_object(object, "decisions", &result_decisions_fields, &report->decisions);
        put_object(object, "memory", &result_memory_fields, &report->memory);
    }
    return message_of(object);
}

/* ---- from one ---- */

int64_t message_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

const char *message_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int take_object(const json_t *parent, const char *key, const struct field_table *table,
                       void *to, struct err *err)
{
    const json_t *object = json_object_get(parent, key);
    if (!json_is_object(object))
        return err_set(err, ERR_USAGE, "a message of an agent has no %s", key);
    return fields_read(table, object, 0, key, NULL, to, err);
}

static int take_points(const json_t *array, struct offsets *ret_offsets, struct err *err)
{
    int rc = 0;
    ns_t before = INT64_MIN;
    for (size_t i = 0; i < json_array_size(array) && !rc; i++) {
        const json_t *v = json_array_get(array, i);
        const struct offset_point point = {.at = json_integer_value(json_array_get(v, 0)),
                                           .offset = json_integer_value(json_array_get(v, 1)),
                                           .bound = json_integer_value(json_array_get(v, 2))};
        if (point.at <= before || point.bound <= 0)
            return err_set(err, ERR_USAGE, "an agent's clock goes backwards");
        before = point.at;
        rc = offsets_add(ret_offsets, &point, err);
    }
    return rc;
}

int message_read_phase(const json_t *object, struct phase_report *ret_report, struct err *err)
{
    struct phase_report report = {.phase = message_number(object, "phase"),
                                  .requests = message_number(object, "requests"),
                                  .first = message_number(object, "first"),
                                  .last = message_number(object, "last"),
                                  .stepped = message_number(object, "stepped")};
    int rc = take_object(object, "info", &result_load_phase_fields, &report.info, err);
    if (!rc)
        rc = take_object(object, "connects", &result_connects_fields, &report.info.connects, err);
    if (!rc)
        rc = take_points(json_object_get(object, "points"), &report.offsets, err);
    if (rc)
        offsets_free(&report.offsets);
    else
        *ret_report = report;
    return rc;
}

static int take_answers(const json_t *object, struct answers *ret_answers, struct err *err)
{
    const json_t *kinds = json_object_get(object, "kinds");
    const json_t *served = json_object_get(object, "served");
    *ret_answers = (struct answers){.others = message_number(object, "others"),
                                    .unasked = message_number(object, "unasked")};
    int rc = 0;
    for (size_t i = 0; i < json_array_size(kinds) && i < ANSWERS_MAX && !rc; i++)
        rc = fields_read(&result_answer_fields, json_array_get(kinds, i), 0, "answers", NULL,
                         &ret_answers->v[ret_answers->count++], err);
    for (size_t i = 0; i < json_array_size(served) && !rc; i++) {
        const char *name = json_string_value(json_array_get(served, i));
        served_number(&ret_answers->served, name ? name : "?", name ? strlen(name) : 1);
    }
    return rc;
}

int message_read_end(const json_t *object, struct end_report *ret_report, struct err *err)
{
    *ret_report = (struct end_report){0};
    int rc = take_answers(json_object_get(object, "answers"), &ret_report->answers, err);
    if (!rc)
        rc = take_answers(json_object_get(object, "polled"), &ret_report->polled, err);
    if (!rc)
        rc =
            take_object(object, "decisions", &result_decisions_fields, &ret_report->decisions, err);
    return rc ? rc : take_object(object, "memory", &result_memory_fields, &ret_report->memory, err);
}
