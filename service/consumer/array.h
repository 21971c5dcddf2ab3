/* A one-dimensional array in Postgres' binary form (array_recv in its sources): dimensions, a flag
 * for NULLs, the element type, the length, the lower bound, then each element as its length and its
 * bytes; every number big-endian. Pure; one thread. */
#ifndef CONSUMER_ARRAY_H
#define CONSUMER_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* pg_type.dat */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25, OID_INT8_ARRAY = 1016 };

/* count big-endian numbers that lie one behind the other. Clears out first. */
void array_of_int8(struct buf *out, const uint8_t *values, size_t count);

#endif
