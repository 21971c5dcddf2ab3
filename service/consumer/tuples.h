/* Rows in the binary format of Postgres' COPY ("Binary Format" in the documentation of COPY): a
 * signature, then each tuple as its number of fields and each field as its length and its bytes,
 * then an end mark; every number big-endian. Pure; one thread. */
#ifndef CONSUMER_TUPLES_H
#define CONSUMER_TUPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* count tuples of one bigint each, from big-endian numbers that lie one behind the other. Clears
 * out first; buf_failed tells when it did not fit. */
void tuples_of_int8(struct buf *out, const uint8_t *values, size_t count);

#endif
