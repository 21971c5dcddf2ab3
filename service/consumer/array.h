/* A one-dimensional array in Postgres' binary form (array_recv in its sources): dimensions, a flag
 * for NULLs, the element type, the length, the lower bound, then each element as its length and its
 * bytes; every number big-endian. Pure; one thread. */
#ifndef CONSUMER_ARRAY_H
#define CONSUMER_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* pg_type.dat */
enum {
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_INT4_ARRAY = 1007,
    OID_INT8_ARRAY = 1016
};

/* Starts an array of count elements in out, which is cleared first. */
void array_begin(struct buf *out, uint32_t element_type, size_t count);

/* Adds an element whose bytes are big-endian already. */
void array_add(struct buf *out, const void *bytes, uint32_t length);
void array_add_int4(struct buf *out, int32_t value);
void array_add_int8(struct buf *out, int64_t value);

/* All at once: count elements of 8 bytes that lie one behind the other. */
void array_of_int8(struct buf *out, const uint8_t *values, size_t count);

#endif
