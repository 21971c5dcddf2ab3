/* One value of a JSON text, where it stands in it, and what it means. An escape that stands for no
 * character (half a surrogate pair) equals nothing. Pure, allocates nothing; any thread. */
#ifndef BASE_JSON_VALUE_H
#define BASE_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Does the value equal what a scenario wrote: numbers by their exact decimal value, anything else
 * as text. Objects and arrays equal nothing. */
bool json_value_equals(const struct json_value *value, const char *wanted);

/* The decoded text of a JSON_TYPE_TEXT, or the bytes of a number or word; cut to size, with a NUL.
 * False: it did not fit, holds a NUL or half a character, or is an object or array. */
bool json_value_text(const struct json_value *value, char *ret_text, size_t size);

/* An integer, or a text that is one, as json_whole; false otherwise: 7.0 and 1e3 are none. */
bool json_value_int(const struct json_value *value, int64_t *ret_number);

/* The bytes that stand at *at of a valid JSON text, one character or one byte of it; moves *at
 * behind them. 0: an escape for no character. */
size_t json_text_next(const char **at, const char *end, char ret_bytes[static 4]);

/* -?(0|[1-9][0-9]*) within int64, and nothing else: how a number names a user. */
bool json_whole(const char *bytes, size_t length, int64_t *ret_number);

#endif
