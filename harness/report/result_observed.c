/* What passed between the processes and their stores, for result.json. */
#include "report/result.h"
#include "report/result_tables.h"

static json_t *list(const struct field_table *table, const void *from, unsigned count, size_t size)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < count; i++) {
        json_t *object = json_object();
        fields_write(table, (const char *)from + i * size, 0, object);
        json_array_append_new(array, object);
    }
    return array;
}

json_t *result_observed(const struct observed *observed)
{
    json_t *object = json_object();
    json_t *shapes = list(&result_shape_fields, observed->v, observed->count, sizeof *observed->v);
    json_t *listeners =
        list(&result_door_fields, observed->doors, observed->doors_count, sizeof *observed->doors);
    if (fields_write(&result_observed_fields, observed, 0, object) ||
        json_object_set_new(object, "shapes", shapes) ||
        json_object_set_new(object, "listeners", listeners)) {
        json_decref(object);
        return NULL;
    }
    return object;
}
