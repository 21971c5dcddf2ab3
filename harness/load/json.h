/* Reads one value out of a JSON text (RFC 8259) by JSON pointer (RFC 6901) without allocating: the
 * hot path must not. The whole text is checked; a text that is not JSON has no values. Pure; any
 * thread. */
#ifndef LOAD_JSON_H
#define LOAD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 64

enum json_type {
    JSON_TYPE_NONE,
    JSON_TYPE_TEXT,
    JSON_TYPE_NUMBER,
    JSON_TYPE_WORD,
    JSON_TYPE_OBJECT,
    JSON_TYPE_ARRAY
};

/* The value's bytes in the text; of a JSON_TYPE_TEXT without its quotes, escapes still in it.
 * JSON_TYPE_WORD is true, false or null. */
struct json_value {
    enum json_type type;
    const char *bytes;
    size_t length;
};

/* pointer: "" is the whole text, "/a/0/b" a member of it. JSON_TYPE_NONE: not there, or not JSON.
 */
struct json_value json_find(const char *text, size_t length, const char *pointer);

/* Does the value equal what a scenario wrote: numbers as numbers, anything else as text. Objects
 * and arrays equal nothing. */
bool json_equals(const struct json_value *value, const char *wanted);

/* A whole number within int64, also one that is written as text; false otherwise. */
bool json_int(const struct json_value *value, int64_t *ret_number);

#endif
