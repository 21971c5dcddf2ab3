/* Fields: struct members as keys of result.json. One table row names a member, and both the writer
 * and the reader go by it, so neither can forget one. Pure but for memory; main thread. */
#ifndef REPORT_FIELDS_H
#define REPORT_FIELDS_H

#include <jansson.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

enum field_type {
    FIELD_INT64,
    FIELD_SPAN,    /* int64_t nanoseconds, which are added and multiplied */
    FIELD_COUNT,   /* int64_t; COUNT_UNKNOWN is null */
    FIELD_MAYBE,   /* struct maybe; none is left out */
    FIELD_INSTANT, /* ns_t; relative to the origin, 0 ("never") is null */
    FIELD_INT,     /* int */
    FIELD_LANE,    /* int32_t; -1 is left out */
    FIELD_BOOL,
    FIELD_TEXT,    /* char[size]; bytes that are no UTF-8 become U+FFFD */
    FIELD_NAME,    /* const char *: static text */
    FIELD_VERDICT, /* enum verdict by name */
    FIELD_OUTCOME, /* enum drain_outcome by name */
    FIELD_STATUS,  /* uint16_t */
    FIELD_CLASS,   /* uint8_t: enum request_class by name */
    FIELD_CAUSE,   /* uint8_t: enum request_cause by name */
};

/* Instants and spans of a file that came from somewhere are bounded: spans between any two of them,
 * and sums with an origin, stay numbers. */
#define FIELD_INSTANT_MAX (INT64_MAX / 8)

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
    size_t size; /* of the member */
};

#define FIELD(key, type, structure, member)                                                        \
    {                                                                                              \
        key, type, offsetof(structure, member), sizeof(((structure *)NULL)->member)                \
    }

struct field_table {
    const struct field *v;
    size_t count;
    bool sparse; /* null members are left out */
};

#define FIELD_TABLE(rows)                                                                          \
    {                                                                                              \
        rows, sizeof rows / sizeof *rows, false                                                    \
    }

/* Sets each field of a struct as a key of object. 0 or -ERR_MEMORY. */
int fields_write(const struct field_table *table, const void *from, ns_t origin, json_t *object);

/* The other way. A missing key leaves the member as it was; a text that is too long is cut; a
 * wrong type is ERR_USAGE and names the key after `where` ("drain.rounds"). keep makes texts static
 * (FIELD_NAME). */
typedef const char *(*field_keeper)(const char *text);
int fields_read(const struct field_table *table, const json_t *object, ns_t origin,
                const char *where, field_keeper keep, void *to, struct err *err)
    __attribute__((warn_unused_result));

/* A JSON string of any bytes: what is no UTF-8 becomes U+FFFD. NULL text is JSON null. */
json_t *fields_text(const char *text);

#endif
