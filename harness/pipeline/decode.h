/* The user in a record's value. Pure but for strangers, whom the roster keeps. */
#ifndef PIPELINE_DECODE_H
#define PIPELINE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/roster.h"
#include "model/spec.h"

/* VALUE_INT64: exactly 8 bytes, big-endian, signed: what Java's LongSerializer writes. VALUE_TEXT:
 * an id as text, or a UUID's 16 bytes, nothing else. VALUE_JSON: a number or a text where the JSON
 * pointer (RFC 6901; NULL: the whole value) leads. False: no user of the roster; *ret_user is then
 * untouched. */
bool decode_user(struct roster *roster, enum value_format format, const char *pointer,
                 const void *bytes, size_t size, int64_t *ret_user);

#endif
