#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/files.h"
#include "archive/table.h"
#include "base/cleanup.h"

static const struct spec_pipeline *pipeline_of(const struct scenario *scenario)
{
    return scenario ? scenario->evidence.pipeline : NULL;
}

const char *queue_name(const struct scenario *scenario, int queue, char *text, size_t size)
{
    const struct spec_pipeline *pipeline = pipeline_of(scenario);
    if (pipeline && queue >= 0 && (unsigned)queue < pipeline->queues_count)
        return pipeline->queues[queue];
    snprintf(text, size, "%d", queue);
    return text;
}

int queue_find(const struct scenario *scenario, const char *name, size_t length)
{
    const struct spec_pipeline *pipeline = pipeline_of(scenario);
    for (unsigned i = 0; pipeline && i < pipeline->queues_count; i++)
        if (strlen(pipeline->queues[i]) == length && !memcmp(pipeline->queues[i], name, length))
            return (int)i;
    int queue = 0;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9' || queue > INT16_MAX / 10)
            return -1;
        queue = queue * 10 + (name[i] - '0');
    }
    return length && queue <= INT16_MAX ? queue : -1;
}

int queue_begins(const struct scenario *scenario, const char *text, size_t length,
                 size_t *ret_length)
{
    const struct spec_pipeline *pipeline = pipeline_of(scenario);
    int found = -1;
    *ret_length = 0;
    for (unsigned i = 0; pipeline && i < pipeline->queues_count; i++) {
        size_t own = strlen(pipeline->queues[i]);
        if (own >= *ret_length && own < length && !memcmp(pipeline->queues[i], text, own) &&
            text[own] == '/') {
            found = (int)i;
            *ret_length = own;
        }
    }
    const char *slash = found < 0 ? memchr(text, '/', length) : NULL;
    if (!slash)
        return found;
    *ret_length = (size_t)(slash - text);
    return queue_find(scenario, text, *ret_length);
}

static void put_queue(struct csv_out *out, const void *row, const struct table_base *base)
{
    char digits[16];
    int queue = ((const struct produced_record *)row)->queue;
    csv_out_text(out, queue_name(base->scenario, queue, digits, sizeof digits));
}

static int get_queue(const struct table_in *in, const struct csv_cell *cell, void *row,
                     struct err *err)
{
    int index = queue_find(in->base.scenario, cell->text, cell->length);
    if (index < 0)
        return table_error(in, err, "topic: '%.*s' is no topic of the scenario's pipeline",
                           (int)(cell->length < 60 ? cell->length : 60), cell->text);
    ((struct produced_record *)row)->queue = (int16_t)index;
    return 0;
}

static void put_user(struct csv_out *out, const void *row, const struct table_base *base)
{
    const struct produced_record *record = row;
    if (record->decoded)
        table_put_user(out, base, record->user);
    else
        csv_out_none(out);
}

static int get_user(const struct table_in *in, const struct csv_cell *cell, void *row,
                    struct err *err)
{
    struct produced_record *record = row;
    record->decoded = cell->length > 0;
    return record->decoded ? table_user(in, cell, &record->user, err) : 0;
}

static const struct column columns[] = {
    {.name = "topic", .type = COLUMN_OTHER, .required = true, .put = put_queue, .get = get_queue},
    COLUMN("partition", COLUMN_NUMBER, produced_record, lane, .high = INT32_MAX, .filled = true),
    COLUMN("offset", COLUMN_NUMBER, produced_record, offset, .high = INT64_MAX, .filled = true),
    {.name = "user", .type = COLUMN_OTHER, .required = true, .put = put_user, .get = get_user},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

int produced_csv_save(const struct run *run, const struct produced *produced, const char *dir,
                      const char *name, struct err *err)
{
    if (!produced->known)
        return 0;
    const struct table_base base = {.roster = run->roster, .scenario = run->scenario};
    return table_save(columns, COLUMNS, produced->v, sizeof *produced->v, produced->count, &base,
                      dir, name, err);
}

int produced_csv_load(const char *path, const struct run *run, struct produced *ret_produced,
                      struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(table_close) struct table_in in = {0};
    const struct table_base base = {.roster = run->roster, .scenario = run->scenario};
    int rc = table_open(&in, path, columns, COLUMNS, &base, err);
    if (rc)
        return rc;
    _cleanup_(produced_free) struct produced produced = *ret_produced;
    produced.known = true;
    produced.v = calloc(table_room(&in), sizeof *produced.v);
    if (!produced.v)
        return err_set(err, ERR_MEMORY, "no memory for the records of %s", path);
    for (bool more = true; more && !rc; produced.count = in.rows)
        rc = table_next(&in, &produced.v[in.rows], &more, err);
    if (rc)
        return rc;
    *ret_produced = produced;
    produced = (struct produced){0};
    return 0;
}
