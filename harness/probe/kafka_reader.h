/* Reads the run's records, each once, in the order of their partitions. Thread of the Kafka source.
 */
#ifndef PROBE_KAFKA_READER_H
#define PROBE_KAFKA_READER_H

#include "probe/kafka_link.h"

/* What has been read so far; grows only. */
struct kafka_records {
    struct produced produced;
    struct produced dead;
    size_t produced_room, dead_room;
    char why[READ_REASON_MAX]; /* what was met last instead of a record; "": nothing */
};

void kafka_records_free(struct kafka_records *records);

/* Starts reading places that are not read yet: at what the group has committed, so that records of
 * before that it has not consumed are told from the markers of transactions, else at the base.
 * NULL, or what went wrong. */
const char *kafka_reader_start(struct kafka_link *link);

/* Begins the run anew at the bases: what was read so far is forgotten. */
void kafka_reader_forget(struct kafka_records *records);

/* Takes what is there, then reads until every place has been read up to its end, as link->places
 * says it, or the deadline passes: true when all is read. Control records of transactions count as
 * read and are no records.
 */
bool kafka_reader_catch_up(struct kafka_link *link, struct kafka_records *records, ns_t deadline);

/* Why the last catch up did not. */
void kafka_reader_explain(const struct kafka_link *link, const struct kafka_records *records,
                          char *ret_text, size_t size);

/* The end that a consumer can be expected to commit: the markers that a transaction leaves behind
 * its records are given to nobody, and would be a lag for ever. Known once all up to the end has
 * been read. */
int64_t place_end(const struct place *place);

#endif
