/* Numbers with units as people write them on command lines and in scenarios. Pure; any thread. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

/* "250ns" "75us" "10ms" "1.5s" "2m" "1h"; a bare "0" is allowed, any other bare number is not.
 * Never negative. On failure the message says what is allowed. */
int units_parse_duration(const char *text, ns_t *ret_span, struct err *err);

/* A whole decimal int64 within [low, high]; no blanks, no sign '+', no trailing text. */
int units_parse_int(const char *text, int64_t low, int64_t high, int64_t *ret_value,
                    struct err *err);

/* The shortest exact-enough spelling for people: "2.31 ms", "412 ms", "10 s", "2 min 5 s". Returns
 * ret_text. */
char *units_format_duration(ns_t span, char *ret_text, size_t size);

#endif
