/* The two client handles of a Kafka pipeline and the partitions that they look at. One thread, the
 * source's. Two handles, because brokers answer the requests of a connection in order: an end
 * offset must not wait behind a fetch that waits for data. */
#ifndef PIPELINE_KAFKA_LINK_H
#define PIPELINE_KAFKA_LINK_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdbool.h>

#include "pipeline/pipeline.h"

/* One partition of a topic of the pipeline, or of the dead-letter topic. */
struct place {
    unsigned topic; /* by pipeline_name */
    int32_t partition;
    int64_t base;  /* the end at the baseline: earlier records are not the run's */
    int64_t begin; /* the first offset that is still there, at the baseline */
    int64_t committed;
    int64_t end;
    int64_t read; /* offsets below have been read */
    int64_t data; /* the offset after the last record of them, control records left out */
    bool started; /* the reader reads it */
};

struct kafka_link {
    struct pipeline *pipeline;
    rd_kafka_t *asker;         /* group.id of the group, never subscribes, so it never joins */
    rd_kafka_t *reader;        /* no group at all */
    rd_kafka_topic_t **topics; /* of the reader, by name; NULL: not started */
    rd_kafka_queue_t *records; /* all partitions' messages */
    struct place *places;
    size_t places_count;
    bool *found; /* by name: its partitions are in places */
    bool members_unsupported;
    bool share;                /* the group is a share group (KIP-932) */
    ns_t share_asked;          /* when that was asked last; 0: never */
    char why[READ_REASON_MAX]; /* of the last failure; see below */
    char met[READ_REASON_MAX]; /* what the reader met last instead of a record; "": nothing */
    pthread_mutex_t lock;      /* librdkafka's threads write what follows */
    char said[128];            /* what they said last of a connection that failed */
    ns_t said_at;              /* 0: nothing */
};

/* Errors: ERR_ENVIRONMENT, ERR_MEMORY. NULL: err says why. */
struct kafka_link *kafka_link_new(struct pipeline *pipeline, struct err *err);
void kafka_link_free(struct kafka_link *link);

/* All return NULL, or what went wrong, where and in librdkafka's words; the text is the link's, and
 * good until the next call. wait is the longest span. */

/* Looks for the partitions of topics that were not there yet. */
const char *kafka_link_find(struct kafka_link *link, ns_t wait);
const char *kafka_link_committed(struct kafka_link *link, ns_t wait);
/* High watermarks, or last stable offsets under read_committed; all partitions in one request a
 * broker. */
const char *kafka_link_ends(struct kafka_link *link, ns_t wait);
/* Where the partitions begin; likewise. */
const char *kafka_link_begins(struct kafka_link *link, ns_t wait);
/* That text, for an error: where is a topic or the group. */
const char *kafka_link_blame(struct kafka_link *link, const char *where, rd_kafka_resp_err_t code);
const char *place_blame(struct kafka_link *link, const struct place *place,
                        rd_kafka_resp_err_t code);
/* What librdkafka's threads said last of a connection that failed, not long ago; "": nothing. Any
 * thread. */
void kafka_link_said(struct kafka_link *link, char *ret_text, size_t size);
/* Members of the group, and who they are; COUNT_UNKNOWN when the broker cannot say. */
int64_t kafka_link_members(struct kafka_link *link, ns_t wait, char *ret_who, size_t size);

/* Is it a share group? Asked now and then, as long as nothing was committed. */
void kafka_link_find_share(struct kafka_link *link, ns_t wait);

bool place_is_dead_letter(const struct kafka_link *link, const struct place *place);

#endif
