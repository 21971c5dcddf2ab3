/* Reads the run's records, each once, in the order of their partitions. Thread of the source. */
#ifndef PIPELINE_KAFKA_READER_H
#define PIPELINE_KAFKA_READER_H

#include "pipeline/kafka_link.h"

/* Starts reading places that are not read yet: at what the group has committed, so that records of
 * before that it has not consumed are told from the markers of transactions, else at the base.
 * NULL, or what went wrong. */
const char *kafka_reader_start(struct kafka_link *link);

/* Takes what is there, then reads until every place has been read up to its end, as link->places
 * says it, or the deadline passes: true when all is read. Control records of transactions count as
 * read and are no records.
 */
bool kafka_reader_catch_up(struct kafka_link *link, ns_t deadline);

/* Why the last catch up did not; the text is the link's. */
const char *kafka_reader_explain(struct kafka_link *link);

/* The end that a consumer can be expected to commit: the markers that a transaction leaves behind
 * its records are given to nobody, and would be a lag for ever. Known once all up to the end has
 * been read. */
int64_t place_end(const struct place *place);

#endif
