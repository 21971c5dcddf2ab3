/* A shape's text while it is made: printable, bounded, and hashed as a whole by
 * whoever interns it.
 */
#ifndef PROXY_SHAPE_INSIDE_H
#define PROXY_SHAPE_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "proxy/shape.h"

/* Of ASCII, whatever the locale. */
static inline bool ascii_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool ascii_alnum(char byte)
{
    return ascii_digit(byte) || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
}

/* Replacing a literal makes a text at most one byte longer each time, and a
 * blank may be put in front of a word. */
#define DRAFT_MAX (2 * SHAPE_READ_MAX)

struct draft {
    char text[DRAFT_MAX];
    size_t used;
};

/* What does not fit is dropped. */
static inline void draft_add(struct draft *draft, char byte)
{
    if (draft->used < DRAFT_MAX)
        draft->text[draft->used++] = byte;
}

static inline void draft_copy(struct draft *draft, const char *text, size_t length)
{
    size_t room = DRAFT_MAX - draft->used, take = length < room ? length : room;
    memcpy(draft->text + draft->used, text, take);
    draft->used += take;
}

static inline void draft_adds(struct draft *draft, const char *text)
{
    draft_copy(draft, text, strlen(text));
}

/* Adds a name with its numbers replaced: UUIDs, hex of 8 digits and more, runs
 * of digits, and words that are longer than any name. What was replaced is
 * added to values. */
void draft_name(struct draft *draft, const char *name, size_t length,
                const struct value_rules *rules, struct values *values);

#endif
