/* A pipeline: the queue between a service and its rows, whatever its kind. What is published and
 * what is acknowledged is read from it, and the records where it shows them; nothing is ever taken
 * from it. One thread, the source's, but for pipeline_said.
 *
 * A kind is a row in model/pipeline_rows.h and a file here with its pipeline_NAME_ops. */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <stdbool.h>

#include "base/err.h"
#include "model/evidence.h"
#include "model/roster.h"
#include "model/spec.h"

/* An answer later than this is none. */
#define PIPELINE_PATIENCE (5 * NS_PER_S)

struct pipeline_records {
    struct produced list;
    size_t room;
};

struct pipeline {
    const struct pipeline_ops *ops;
    struct spec_pipeline spec; /* deep copy: the pipeline may outlive the run */
    char *at;                  /* its address, owned */
    struct roster *roster;     /* shared, for the same reason */
    void *state;               /* of the kind */

    /* What its verbs fill in. */
    struct lane_reading *lanes; /* owned; see pipeline_lanes */
    size_t lanes_count;
    bool depth_only;               /* see SAMPLE_DEPTH_ONLY */
    bool forgets;                  /* see SAMPLE_FORGETS */
    bool costly;                   /* see struct store_ops; from its opening on */
    ns_t committed_at, ends_at;    /* when the two reads of the last readings came back */
    int64_t waiting;               /* records of before the run that are not acknowledged */
    bool uncommitted;              /* some of them are of lanes of which nobody can say */
    char missing[READ_REASON_MAX]; /* a queue that is not there; "": none */
    bool none;                     /* not one of them is there */
    char hidden[READ_REASON_MAX];  /* why it does not show its records; "": it does */
    struct pipeline_records produced, dead;
};

/* The verbs of a kind. Those that return a text say what went wrong, where and in the queue's own
 * words, and NULL when nothing did; it is good until the next call. */
struct pipeline_ops {
    /* Fills state; what cannot be reached is not waited for. Errors: ERR_ENVIRONMENT, ERR_USAGE,
     * ERR_MEMORY. */
    int (*open)(struct pipeline *pipeline, struct err *err);
    /* Reads what is acknowledged, then what is published: in this order a backlog can only be
     * overestimated. baseline: the run's records begin at the ends of now, and what was read of
     * others is forgotten. */
    const char *(*readings)(struct pipeline *pipeline, bool baseline);
    /* Takes what has come (pipeline_keep), and waits until the deadline for all up to the ends of
     * the last readings; may correct the lanes by what is nobody's record. NULL for a queue that
     * never shows its records; hidden is for one that does not do so here. */
    const char *(*records)(struct pipeline *pipeline, ns_t deadline);
    /* How many consumers there are, and who; COUNT_UNKNOWN when it cannot say. May be NULL. */
    int64_t (*members)(struct pipeline *pipeline, ns_t wait, char *ret_who, size_t size);
    /* What was said last of a connection that failed, not long ago; "": nothing. Any thread. May be
     * NULL. */
    void (*said)(struct pipeline *pipeline, char *ret_text, size_t size);
    void (*close)(struct pipeline *pipeline); /* frees state, which may be NULL */
};

/* NULL: err says why. */
struct pipeline *pipeline_open(const struct spec_pipeline *spec, const char *at,
                               struct roster *roster, struct err *err);
void pipeline_close(struct pipeline *pipeline); /* NULL is fine */

/* Room for so many lanes, all unread; those that are there stay. False: no memory. */
bool pipeline_lanes(struct pipeline *pipeline, size_t count);

/* How much waits, by its lanes. */
int64_t pipeline_depth(const struct pipeline *pipeline);

/* Keeps one record, its user decoded as the scenario says. False: no memory. */
bool pipeline_keep(struct pipeline *pipeline, bool dead, struct produced_record record,
                   const void *bytes, size_t size);

/* What was read before a baseline is no record of the run. */
void pipeline_forget(struct pipeline *pipeline);

/* The name of a queue; the one behind the last is the dead-letter queue. */
const char *pipeline_name(const struct pipeline *pipeline, unsigned queue);
bool pipeline_is_dead_letter(const struct pipeline *pipeline, unsigned queue);
unsigned pipeline_names(const struct pipeline *pipeline); /* how many names there are */

#endif
