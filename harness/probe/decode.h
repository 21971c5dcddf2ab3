/* The user in a record's value. Pure. */
#ifndef PROBE_DECODE_H
#define PROBE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/spec.h"

/* VALUE_INT64: exactly 8 bytes, big-endian, signed: what Java's LongSerializer writes. VALUE_TEXT:
 * a whole decimal number, nothing else. VALUE_JSON: a whole number, or a text that is one, where
 * the JSON pointer (RFC 6901; NULL: the whole value) leads. False: not a user; *ret_user is then
 * untouched. */
bool decode_user(enum value_format format, const char *pointer, const void *bytes, size_t size,
                 int64_t *ret_user);

#endif
