/* The source that looks at a pipeline: one job is one look. */
#ifndef PROBE_PROBE_PIPELINE_H
#define PROBE_PROBE_PIPELINE_H

#include "pipeline/pipeline.h"
#include "probe/source.h"

struct pipeline_job {
    struct job job;
    bool baseline;     /* the run's records begin at the ends of now; is tried for a while */
    bool records;      /* read all records up to the ends */
    bool members;      /* ask who consumes */
    ns_t records_wait; /* how long reading may take */
    size_t have,
        have_dead; /* records that the caller has already: only later ones are handed over */

    /* results, valid while rc is 0 */
    int rc;
    char error[256];
    struct lane_reading *lanes; /* owned */
    size_t lanes_count;
    bool depth_only, forgets;
    ns_t committed_at, ends_at;
    int64_t members_count;         /* COUNT_UNKNOWN: it cannot say */
    char who[READ_REASON_MAX];     /* the members, by name */
    bool complete;                 /* every record up to the ends has been read */
    char unread[READ_REASON_MAX];  /* when not: why, and where */
    char missing[READ_REASON_MAX]; /* these and the next ones: see struct pipeline */
    bool none;
    char hidden[READ_REASON_MAX];
    int64_t waiting;
    bool uncommitted;
    struct produced produced, dead; /* owned; those after have and have_dead */
};

struct pipeline_job *pipeline_job_new(void);

/* Takes the pipeline over, also on failure; NULL is one that failed to open. */
struct source *pipeline_source(struct pipeline *pipeline, struct err *err);

/* "Kafka at 127.0.0.1:9092: no answer in time (Connection refused)" */
void pipeline_source_silent(const struct source *source, char *ret_text, size_t size);

#endif
