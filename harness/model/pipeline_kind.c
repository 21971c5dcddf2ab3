#include "model/pipeline_kind.h"

#include <stddef.h>

#include "model/spec.h"

static const struct pipeline_kind kinds[] = {
#define PIPELINE(word, ...) {#word, __VA_ARGS__},
#include "model/pipeline_rows.h"
#undef PIPELINE
};

const char *const pipeline_words[] = {
#define PIPELINE(word, ...) #word,
#include "model/pipeline_rows.h"
#undef PIPELINE
    NULL};

const struct pipeline_kind *pipeline_kind(const struct spec_pipeline *pipeline)
{
    return &kinds[pipeline ? pipeline->kind : 0];
}

const char *pipeline_queue(const struct spec_pipeline *pipeline, int queue)
{
    bool named = pipeline && queue >= 0 && (unsigned)queue < pipeline->queues_count;
    return named ? pipeline->queues[queue] : pipeline_kind(pipeline)->queue;
}
