/* That what is said of a queue is what its kind has. */
#include <stdio.h>
#include <string.h>

#include "scenario/fits.h"

static const char path[] = "evidence.pipeline";

/* On the stack's own server, or somewhere else. */
static int fits_place(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    const struct pipeline_kind *kind = pipeline_kind(pipeline);
    char name[32];
    if (pipeline->url)
        return 0;
    if (!*kind->at)
        return fits_refuse(fits, path, "%s needs url, which tells the store", kind->name);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(kind->at + 2, "."), kind->at + 2);
    if (!strcmp(spec_server(&fits->scenario->stack, name), "none"))
        return fits_refuse(fits, path, "stack.%s is none; allowed: with url, or another stack.%s",
                           name, name);
    return 0;
}

static int fits_group(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    const struct pipeline_kind *kind = pipeline_kind(pipeline);
    if (kind->group && !pipeline->group)
        return fits_refuse(fits, path, "%s needs group, whose progress is read", kind->name);
    if (!kind->group && pipeline->group)
        return fits_refuse(fits, path, "a %s has no groups; allowed: without group", kind->name);
    if (pipeline->properties_count && pipeline->kind != PIPELINE_kafka)
        return fits_refuse(fits, path,
                           "properties are of Kafka's client; allowed: with kind: kafka");
    if (pipeline->management && pipeline->kind != PIPELINE_rabbitmq)
        return fits_refuse(fits, path, "management is RabbitMQ's; allowed: with kind: rabbitmq");
    if (!kind->records && pipeline->dead_letter)
        return fits_refuse(fits, path,
                           "a %s does not show its records; allowed: dead_letter with kafka, "
                           "redis_stream or rabbitmq, evidence.parked for rows",
                           kind->name);
    return 0;
}

static bool is_topic(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strspn(name, allowed);
    return length && !name[length] && length <= 249;
}

static int fits_topics(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    for (unsigned i = 0; i < pipeline->queues_count; i++)
        if (!is_topic(pipeline->queues[i]))
            return fits_refuse(fits, "evidence.pipeline.topics",
                               "'%.64s' is not allowed; allowed: letters, digits and . _ -",
                               pipeline->queues[i]);
    if (pipeline->dead_letter && !is_topic(pipeline->dead_letter))
        return fits_refuse(fits, "evidence.pipeline.dead_letter",
                           "'%.64s' is not allowed; allowed: letters, digits and . _ -",
                           pipeline->dead_letter);
    return 0;
}

static int fits_questions(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    int rc = 0;
    for (unsigned i = 0; i < pipeline->queues_count && !rc; i++)
        rc = fits_query(fits, path, "topics", NULL, pipeline->url, pipeline->queues[i]);
    return rc;
}

static int fits_pointers(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    bool fields = pipeline->kind == PIPELINE_redis_stream;
    if (pipeline->pointer && pipeline->value != VALUE_JSON && !fields)
        return fits_refuse(fits, "evidence.pipeline.pointer",
                           "only JSON has pointers; allowed: with value: json");
    if (pipeline->dead_letter_pointer && pipeline->dead_letter_value != VALUE_JSON && !fields)
        return fits_refuse(fits, "evidence.pipeline.dead_letter_pointer",
                           "only JSON has pointers; allowed: with dead_letter_value: json");
    return 0;
}

static int fits_dead_letter(const struct fits *fits, const struct spec_pipeline *pipeline)
{
    bool described = pipeline->dead_letter_value != VALUE_INT64 || pipeline->dead_letter_pointer;
    if (described && !pipeline->dead_letter)
        return fits_refuse(fits, path,
                           "dead_letter_value and dead_letter_pointer say how the records of "
                           "dead_letter are read; allowed: with dead_letter");
    return 0;
}

int fits_pipeline(const struct fits *fits)
{
    const struct spec_pipeline *pipeline = fits->scenario->evidence.pipeline;
    if (!pipeline)
        return 0;
    int rc = fits_place(fits, pipeline);
    if (!rc)
        rc = fits_group(fits, pipeline);
    if (!rc && pipeline->kind == PIPELINE_kafka)
        rc = fits_topics(fits, pipeline);
    if (!rc && pipeline->kind == PIPELINE_gauge)
        rc = fits_questions(fits, pipeline);
    if (!rc)
        rc = fits_dead_letter(fits, pipeline);
    return rc ? rc : fits_pointers(fits, pipeline);
}
