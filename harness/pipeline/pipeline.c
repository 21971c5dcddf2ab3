#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/decode.h"

#define RECORDS_MAX ((size_t)20 * 1000 * 1000) /* 640 MB */

#define PIPELINE(word, ...) extern const struct pipeline_ops pipeline_##word##_ops;
#include "model/pipeline_rows.h"
#undef PIPELINE

static const struct pipeline_ops *const kinds[] = {
#define PIPELINE(word, ...) &pipeline_##word##_ops,
#include "model/pipeline_rows.h"
#undef PIPELINE
};

/* True when there is no memory. */
static bool copy_text(char **text)
{
    return *text && !(*text = strdup(*text));
}

/* The properties; true when there is no memory. */
static bool copy_properties(struct spec_pipeline *spec)
{
    const struct spec_pair *from = spec->properties;
    spec->properties = calloc(spec->properties_count + 1, sizeof *spec->properties);
    bool failed = !spec->properties;
    for (unsigned i = 0; spec->properties && i < spec->properties_count; i++) {
        spec->properties[i] = from[i];
        failed |= copy_text(&spec->properties[i].name);
        failed |= copy_text(&spec->properties[i].value);
    }
    return failed;
}

static bool copy_spec(struct spec_pipeline *spec)
{
    char **const queues = spec->queues;
    char **const texts[] = {&spec->group,      &spec->dead_letter, &spec->url,
                            &spec->management, &spec->pointer,     &spec->dead_letter_pointer};
    bool failed = copy_properties(spec);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        failed |= copy_text(texts[i]);
    spec->queues = calloc(spec->queues_count + 1, sizeof *spec->queues);
    for (unsigned i = 0; spec->queues && i < spec->queues_count; i++) {
        spec->queues[i] = queues[i];
        failed |= copy_text(&spec->queues[i]);
    }
    return failed || !spec->queues;
}

static void free_spec(struct spec_pipeline *spec)
{
    for (unsigned i = 0; spec->queues && i < spec->queues_count; i++)
        free(spec->queues[i]);
    for (unsigned i = 0; spec->properties && i < spec->properties_count; i++) {
        free(spec->properties[i].name);
        free(spec->properties[i].value);
    }
    free(spec->properties);
    free(spec->queues);
    free(spec->group);
    free(spec->dead_letter);
    free(spec->url);
    free(spec->management);
    free(spec->pointer);
    free(spec->dead_letter_pointer);
}

struct pipeline *pipeline_open(const struct spec_pipeline *spec, const char *at,
                               struct roster *roster, struct err *err)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline) {
        err_set(err, ERR_MEMORY, "no room for the probe of the pipeline");
        return NULL;
    }
    pipeline->ops = kinds[spec->kind];
    pipeline->spec = *spec;
    pipeline->roster = roster_share(roster);
    pipeline->at = strdup(at);
    bool failed = copy_spec(&pipeline->spec) || !pipeline->at;
    if (failed)
        err_set(err, ERR_MEMORY, "no room for the probe of the pipeline");
    if (!failed && !pipeline->ops->open(pipeline, err))
        return pipeline;
    pipeline_close(pipeline);
    return NULL;
}

void pipeline_close(struct pipeline *pipeline)
{
    if (!pipeline)
        return;
    pipeline->ops->close(pipeline);
    produced_free(&pipeline->produced.list);
    produced_free(&pipeline->dead.list);
    free_spec(&pipeline->spec);
    roster_free(pipeline->roster);
    free(pipeline->lanes);
    free(pipeline->at);
    free(pipeline);
}

bool pipeline_lanes(struct pipeline *pipeline, size_t count)
{
    if (count <= pipeline->lanes_count)
        return true;
    struct lane_reading *lanes = realloc(pipeline->lanes, count * sizeof *lanes);
    if (!lanes)
        return false;
    for (size_t i = pipeline->lanes_count; i < count; i++)
        lanes[i] = (struct lane_reading){.committed = COMMITTED_UNDEFINED};
    pipeline->lanes = lanes;
    pipeline->lanes_count = count;
    return true;
}

int64_t pipeline_depth(const struct pipeline *pipeline)
{
    int64_t depth = 0;
    for (size_t i = 0; i < pipeline->lanes_count; i++)
        depth += pipeline->lanes[i].end - pipeline->lanes[i].committed;
    return depth;
}

static bool append(struct pipeline_records *records, const struct produced_record *record)
{
    struct produced *list = &records->list;
    if (list->count == records->room) {
        size_t room = records->room ? records->room * 2 : 1024;
        struct produced_record *v = room > RECORDS_MAX ? NULL : realloc(list->v, room * sizeof *v);
        if (!v)
            return false;
        list->v = v;
        records->room = room;
    }
    list->v[list->count++] = *record;
    return true;
}

bool pipeline_keep(struct pipeline *pipeline, bool dead, struct produced_record record,
                   const void *bytes, size_t size)
{
    const struct spec_pipeline *spec = &pipeline->spec;
    struct pipeline_records *records = dead ? &pipeline->dead : &pipeline->produced;
    record.decoded =
        decode_user(pipeline->roster, dead ? spec->dead_letter_value : spec->value,
                    dead ? spec->dead_letter_pointer : spec->pointer, bytes, size, &record.user);
    if (!record.decoded)
        produced_undecoded(&records->list, bytes, size);
    return append(records, &record);
}

void pipeline_forget(struct pipeline *pipeline)
{
    struct produced *const lists[] = {&pipeline->produced.list, &pipeline->dead.list};
    for (int i = 0; i < 2; i++) {
        lists[i]->count = 0;
        lists[i]->undecoded[0] = '\0';
    }
}

const char *pipeline_name(const struct pipeline *pipeline, unsigned queue)
{
    return pipeline_is_dead_letter(pipeline, queue) ? pipeline->spec.dead_letter
                                                    : pipeline->spec.queues[queue];
}

bool pipeline_is_dead_letter(const struct pipeline *pipeline, unsigned queue)
{
    return queue >= pipeline->spec.queues_count;
}

unsigned pipeline_names(const struct pipeline *pipeline)
{
    return pipeline->spec.queues_count + (pipeline->spec.dead_letter != NULL);
}
