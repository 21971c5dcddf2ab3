#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/csv_in.h"
#include "archive/csv_out.h"
#include "archive/files.h"
#include "base/aside.h"
#include "base/cleanup.h"

enum { RECORD_TOPIC, RECORD_PARTITION, RECORD_OFFSET, RECORD_USER, RECORD_COLUMNS };

static const struct csv_column record_columns[RECORD_COLUMNS] = {
    [RECORD_TOPIC] = {"topic", true},
    [RECORD_PARTITION] = {"partition", true},
    [RECORD_OFFSET] = {"offset", true},
    [RECORD_USER] = {"user", true},
};

static const struct spec_pipeline *pipeline_of(const struct scenario *scenario)
{
    return scenario ? scenario->evidence.pipeline : NULL;
}

const char *topic_name(const struct scenario *scenario, int topic, char *text, size_t size)
{
    const struct spec_pipeline *pipeline = pipeline_of(scenario);
    if (pipeline && topic >= 0 && (unsigned)topic < pipeline->topics_count)
        return pipeline->topics[topic];
    snprintf(text, size, "%d", topic);
    return text;
}

int topic_find(const struct scenario *scenario, const char *name, size_t length)
{
    const struct spec_pipeline *pipeline = pipeline_of(scenario);
    for (unsigned i = 0; pipeline && i < pipeline->topics_count; i++)
        if (strlen(pipeline->topics[i]) == length && !memcmp(pipeline->topics[i], name, length))
            return (int)i;
    int topic = 0;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9' || topic > INT16_MAX / 10)
            return -1;
        topic = topic * 10 + (name[i] - '0');
    }
    return length && topic <= INT16_MAX ? topic : -1;
}

int produced_csv_save(const struct run *run, const struct produced *produced, const char *dir,
                      const char *name, struct err *err)
{
    if (!produced->known)
        return 0;
    _cleanup_(aside_drop) struct aside aside = {0};
    int rc = aside_open(&aside, dir, name, err);
    if (rc)
        return rc;
    _cleanup_free_ struct csv_out *out = malloc(sizeof *out);
    if (!out)
        return err_set(err, ERR_MEMORY, "no memory to write %s", name);
    csv_out_init(out, aside.file);
    for (size_t i = 0; i < RECORD_COLUMNS; i++)
        csv_out_text(out, record_columns[i].name);
    csv_out_line(out);
    for (size_t i = 0; i < produced->count; i++) {
        const struct produced_record *record = &produced->v[i];
        char digits[16];
        csv_out_text(out, topic_name(run->scenario, record->topic, digits, sizeof digits));
        csv_out_int(out, record->partition);
        csv_out_int(out, record->offset);
        if (record->decoded)
            csv_out_user(out, run->roster, record->user);
        else
            csv_out_none(out);
        csv_out_line(out);
    }
    csv_out_flush(out);
    return aside_commit(&aside, err);
}

static int get_record(const struct csv_in *in, const struct csv_field *fields,
                      const struct run *run, struct produced_record *record, struct err *err)
{
    const struct csv_field *topic = &fields[RECORD_TOPIC];
    int index = topic_find(run->scenario, topic->text, topic->length);
    if (index < 0)
        return csv_in_error(in, err, "topic: '%.*s' is no topic of the scenario's pipeline",
                            (int)(topic->length < 60 ? topic->length : 60), topic->text);
    int64_t partition = 0;
    int rc = csv_in_int(in, fields, RECORD_PARTITION, 0, INT32_MAX, &partition, err);
    if (!rc)
        rc = csv_in_int(in, fields, RECORD_OFFSET, 0, INT64_MAX, &record->offset, err);
    record->topic = (int16_t)index;
    record->partition = (int32_t)partition;
    record->decoded = fields[RECORD_USER].length != 0;
    if (!rc && record->decoded)
        rc = csv_in_user(in, fields, RECORD_USER, run->roster, &record->user, err);
    return rc;
}

int produced_csv_load(const char *path, const struct run *run, struct produced *ret_produced,
                      struct err *err)
{
    if (access(path, F_OK))
        return 0;
    _cleanup_(csv_in_close) struct csv_in in = {0};
    int rc = csv_in_open(&in, path, record_columns, RECORD_COLUMNS, err);
    if (rc)
        return rc;
    _cleanup_(produced_free) struct produced produced = *ret_produced;
    produced.known = true;
    produced.v = calloc(csv_in_lines(&in), sizeof *produced.v);
    if (!produced.v)
        return err_set(err, ERR_MEMORY, "no memory for the records of %s", path);
    for (bool more = true;;) {
        struct csv_field fields[RECORD_COLUMNS];
        rc = csv_in_next(&in, fields, &more, err);
        if (rc || !more)
            break;
        rc = get_record(&in, fields, run, &produced.v[produced.count++], err);
        if (rc)
            break;
    }
    if (rc)
        return rc;
    *ret_produced = produced;
    produced = (struct produced){0};
    return 0;
}
