/* What the proxy keeps of a value that passed: an integer as it is, NULL, one
 * of this run's users, and of anything else only whether it is the same as
 * another, by a keyed hash (SipHash-2-4). Pure; any thread. */
#ifndef PROXY_VALUE_H
#define PROXY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
    VALUE_NONE,    /* not seen */
    VALUE_NULL,    /* SQL NULL, a nil of Redis */
    VALUE_INTEGER, /* number is the integer */
    VALUE_USER,    /* number is the user, as the caller's rule tells */
    VALUE_OTHER,   /* number is the keyed hash */
};

struct value {
    enum value_kind kind;
    int64_t number;
};

#define VALUES_MAX 4 /* kept of a statement, and of an answer */

struct values {
    struct value v[VALUES_MAX];
    unsigned count; /* how many there were; at most VALUES_MAX are kept */
};

/* How values are told; shared by all connections, borrowed. */
struct value_rules {
    uint8_t key[16]; /* of this run alone, so that hashes of two runs cannot be
                        compared */
    /* Is this text one of the run's users? NULL: users are integers, or nobody
     * asks. */
    bool (*user)(void *context, const char *text, size_t length, int64_t *ret_user);
    void *context;
};

/* A text that reads -?(0|[1-9][0-9]*) and fits is an integer. */
struct value value_of_text(const struct value_rules *rules, const void *bytes, size_t length);
struct value value_of_integer(const struct value_rules *rules, int64_t number);
/* 16 bytes in the order of RFC 9562: as its text in lower case. */
struct value value_of_uuid(const struct value_rules *rules, const uint8_t bytes[16]);
/* Bytes whose type is not known: never read as a number. */
struct value value_of_bytes(const struct value_rules *rules, const void *bytes, size_t length);

/* Counts it, and keeps it while there is room. */
void values_add(struct values *values, struct value value);

uint64_t value_hash(const uint8_t key[16], const void *bytes, size_t length);

#endif
