/* Shapes of statements: what stays of a text when literals, ids, UUIDs, hex,
 * IN-lists and comments are replaced by '?'. SQL in small letters is the same as in large ones.
 * One catalogue a proxy, at most
 * SHAPES_MAX of them; what does not fit is "other statements". A shape is known
 * by its number, which stays the same as long as the catalogue does. Pure; a
 * catalogue belongs to one thread. */
#ifndef PROXY_SHAPE_H
#define PROXY_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proxy/value.h"

#define SHAPES_MAX     256
#define SHAPE_TEXT_MAX 240  /* bytes of a shape that are shown; it is told apart by all of them */
#define SHAPE_READ_MAX 4096 /* bytes of a statement that are looked at */

#define SHAPE_OTHER   0 /* the catalogue is full */
#define SHAPE_UNKNOWN 1 /* what it was could not be read */

/* What a statement is to somebody who looks for races. */
enum shape_kind {
    SHAPE_READ,
    SHAPE_WRITE,        /* or may write */
    SHAPE_TXN,          /* begins, ends or guards a transaction; takes an advisory lock */
    SHAPE_HOUSEKEEPING, /* PING, SET, SELECT 1, sequences, catalogues */
    SHAPE_BLOCKING,     /* its answer waits for somebody else */
    SHAPE_SUBSCRIBE,    /* its answers come without being asked for */
    SHAPE_KINDS,
};

enum shape_dialect { SHAPE_POSTGRES, SHAPE_MYSQL };

struct shape {
    char text[SHAPE_TEXT_MAX + 4]; /* with "..." when it was cut; printable */
    uint64_t hash;
    enum shape_kind kind;
    bool any_case; /* it stands for the same words in small and large letters */
};

struct shapes;

struct shapes *shapes_open(void); /* NULL: no memory */
void shapes_close(struct shapes *shapes);
unsigned shapes_count(const struct shapes *shapes);
const struct shape *shapes_get(const struct shapes *shapes, unsigned number);
uint64_t shapes_refused(const struct shapes *shapes); /* statements that became SHAPE_OTHER */

/* The number of the shape with this text; a new one gets this kind. */
unsigned shapes_intern(struct shapes *shapes, const char *text, size_t length,
                       enum shape_kind kind);

/* The same where small and large letters make no difference; it shows those that came first. */
unsigned shapes_intern_any_case(struct shapes *shapes, const char *text, size_t length,
                                enum shape_kind kind);
/* Is it the one that is shown as, or stands for, this text? */
bool shape_is(const struct shape *shape, const char *text);

/* The shape of a statement's text, of which at most SHAPE_READ_MAX bytes are
 * given. Its literals are added to ret_values. */
unsigned shape_sql(struct shapes *shapes, enum shape_dialect dialect, const char *text,
                   size_t length, const struct value_rules *rules, struct values *ret_values);

/* One word of a Redis command, as far as it was kept. */
#define SHAPE_WORD_MAX  64
#define SHAPE_WORDS_MAX 8

struct shape_word {
    char bytes[SHAPE_WORD_MAX];
    uint32_t kept;
    uint64_t length;
};

/* Of a Redis command, of whose count words the first SHAPE_WORDS_MAX are given;
 * count > 0. Nothing of a command that carries secrets is kept but its name. */
struct redis_command;
unsigned shape_redis(struct shapes *shapes, const struct redis_command *command,
                     const struct shape_word *words, uint64_t count,
                     const struct value_rules *rules, struct values *ret_values);

const char *shape_kind_name(enum shape_kind kind);

#endif
