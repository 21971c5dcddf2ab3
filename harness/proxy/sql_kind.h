/* What an SQL text is to somebody who looks for races, word by word as it is
 * read. Pure. */
#ifndef PROXY_SQL_KIND_H
#define PROXY_SQL_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "proxy/shape.h"

struct sql_kind {
    bool begun, with, set, from, catalogue; /* of the statement being read */
    bool call, lock, sleep;                 /* functions: unknown ones, advisory locks, waits */
    bool after_from;
    enum shape_kind kind;
    bool any; /* an earlier statement of the same text: its kind is in `all` */
    enum shape_kind all;
};

/* A word outside of quotes; opens: a parenthesis follows at once, so it may be
 * a function. */
void sql_kind_word(struct sql_kind *kind, const char *word, size_t length, bool opens);
void sql_kind_semicolon(struct sql_kind *kind);
/* Of the whole text: its most telling statement decides. */
enum shape_kind sql_kind_end(struct sql_kind *kind);

/* Any case. Most words are told apart by their length and first letter, and every word of a
 * statement is compared with all. */
static inline bool sql_word_is(const char *word, size_t length, const char *name)
{
    return length && (*word | 32) == (*name | 32) && strlen(name) == length &&
           strncasecmp(word, name, length) == 0;
}

#endif
