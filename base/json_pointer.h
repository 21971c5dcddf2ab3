/* Reads one value out of a JSON text (RFC 8259) by JSON pointer (RFC 6901) without allocating: the
 * load looks into every answer, the probes into every record, and both mean the same by it. The
 * whole text is checked; a text that is not JSON has no values. A byte order mark before it is
 * passed over. Names are compared decoded, so "us\u0065r" is user; of a repeated name the last one
 * counts. Pure; any thread. */
#ifndef BASE_JSON_POINTER_H
#define BASE_JSON_POINTER_H

#include "base/json_value.h"

#define JSON_DEPTH_MAX   64
#define JSON_POINTER_MAX 254 /* bytes of one that is written without its first slash */

/* pointer: "" is the whole text, "/a/0/b" a member of it, "a" short for "/a". JSON_TYPE_NONE: not
 * there, or not JSON. */
struct json_value json_pointer_find(const char *text, size_t length, const char *pointer);

/* The first of several values that stand one behind the other, and how many bytes it ends after.
 * JSON_TYPE_NONE: the text does not begin with one. */
struct json_value json_pointer_first(const char *text, size_t length, size_t *ret_end);

/* Calls member for each member of the object that the text is, in order; false: it is no object, or
 * no JSON, which is known only at its end. */
typedef void (*json_member)(void *context, const struct json_value *name,
                            const struct json_value *value);
bool json_pointer_members(const char *text, size_t length, json_member member, void *context);

/* The same for each element of an array, in order. */
typedef void (*json_element)(void *context, const struct json_value *value);
bool json_pointer_elements(const char *text, size_t length, json_element element, void *context);

#endif
