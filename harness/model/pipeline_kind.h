/* Kinds of pipelines, and what each calls its parts: texts for people say "topic" of Kafka, while
 * everything that decides speaks of queues, their lanes, and of each lane's end (how much was
 * published) and committed (how much was acknowledged). To add one: a row in pipeline_rows.h and
 * its file in pipeline/. Pure; read-only. */
#ifndef MODEL_PIPELINE_KIND_H
#define MODEL_PIPELINE_KIND_H

#include <stdbool.h>

enum pipeline_type {
#define PIPELINE(word, ...) PIPELINE_##word,
#include "model/pipeline_rows.h"
#undef PIPELINE
    PIPELINE_KINDS
};

struct pipeline_kind {
    const char *name;  /* as scenarios spell it: "kafka" */
    const char *queue; /* what it calls a queue: "topic" */
    const char *lane;  /* and one of the lanes of which a queue consists: "partition" */
    const char *skip;  /* how to leave out what waits from before, after "or "; "": no way */
    const char *at;    /* where it is when nobody says so; "": somebody has to */
    bool group;        /* it is read by groups, and the scenario names one */
    bool records;      /* it shows its records, so that dead letters can be read as well */
};

/* By enum pipeline_type; see pipeline_kind of spec.h. */
extern const struct pipeline_kind pipeline_kinds[];

/* As scenarios spell them; by enum pipeline_type, ended by NULL. */
extern const char *const pipeline_words[];

#endif
