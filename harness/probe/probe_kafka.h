/* Kafka: committed offsets of a group without joining it, ends, members, and the records
 * themselves. */
#ifndef PROBE_PROBE_KAFKA_H
#define PROBE_PROBE_KAFKA_H

#include <stdbool.h>

#include "model/evidence.h"
#include "model/roster.h"
#include "model/spec.h"
#include "probe/source.h"

struct kafka_job {
    struct job job;
    bool baseline;     /* find the partitions; their ends now are where the run's records begin */
    bool records;      /* read all records up to the ends */
    bool members;      /* ask how many are in the group */
    ns_t records_wait; /* how long reading may take */
    size_t have,
        have_dead; /* records that the caller has already: only later ones are handed over */

    /* results, valid while rc is 0 */
    int rc;
    char error[256];
    struct partition_reading *partitions; /* owned; of the pipeline's topics */
    size_t partitions_count;
    ns_t committed_at, ends_at;
    int64_t members_count;         /* COUNT_UNKNOWN: the broker cannot say */
    char who[READ_REASON_MAX];     /* the members, by name */
    bool complete;                 /* every record up to the ends has been read */
    char unread[READ_REASON_MAX];  /* when not: why, and where */
    char missing[READ_REASON_MAX]; /* a topic of the pipeline that is not there; "": none */
    bool none;                     /* not one of them is there */
    int64_t waiting;  /* baseline: records that the group has not consumed, as far as it commits */
    bool uncommitted; /* baseline: of them are some of partitions where it never committed */
    struct produced produced, dead; /* owned; those after have and have_dead */
};

struct kafka_job *kafka_job_new(void);

/* See kafka_link_said; of an open source. */
void kafka_source_said(const struct source *source, char *ret_text, size_t size);

/* brokers: bootstrap servers. The pipeline is copied. */
struct source *kafka_source(const char *brokers, const struct spec_pipeline *pipeline,
                            struct roster *roster, struct err *err);

#endif
