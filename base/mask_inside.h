/* What the files of mask share; nobody else includes this. */
#ifndef BASE_MASK_INSIDE_H
#define BASE_MASK_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* ---- mask_words.c: names and common words ---- */

/* Is the name of those that only a quoted key or a "name=" makes a secret's: pass, auth, sig. */
bool mask_is_weak_name(const char *name);

/* A word that reports and services are full of: no value to be searched for. */
bool mask_is_common(const char *word);

/* ---- mask_places.c ---- */

struct mask_span {
    size_t start, end; /* start == end: there is none */
};

/* The first secret place of text that begins at from or later. */
struct mask_span mask_next_place(const char *text, size_t from);

/* The same of a sentence of our own: in it a bare "name: value" is no place. */
struct mask_span mask_next_in_sentence(const char *text, size_t from);

/* mask_form.c: of a form's part whose name begins at quote, as in name="password". */
struct mask_span mask_form_field(const char *text, const char *quote);

/* Length of the {{placeholder}} or ${reference} at text, 0: it is none. */
size_t mask_placeholder(const char *text);

/* Length of "Bearer ", "Basic " and the like at the beginning of a header's value. */
size_t mask_scheme(const char *text);

/* ---- mask_unit.c: one character, however it is spelled ---- */

struct mask_unit {
    char bytes[4]; /* UTF-8 */
    size_t count;
    size_t taken; /* of the text; 0: no escape is here */
};

/* Escapes that may begin at text; way counts from 0 through the readings of one place. */
struct mask_unit mask_unit_read(const char *text, const char *end, unsigned way);

enum { MASK_UNIT_WAYS = 2 };

/* ---- mask_trie.c: many values, searched for at once ---- */

enum mask_kind {
    MASK_ANYWHERE = 1, /* wherever the bytes turn up */
    MASK_WHOLE = 2,    /* as a whole word, in texts from outside */
    MASK_WORD = 4,     /* the same, unless the word is public */
    MASK_NUMBER = 8,   /* digits, in quotes or after = / @: elsewhere numbers are figures */
    MASK_PUBLIC = 16,  /* a word that the scenario shows in the open */
};

/* The byte of a pattern that stands for one or more characters of a filled-in placeholder. */
#define MASK_WILD '\x01'

struct mask_trie_node {
    uint32_t child, next; /* 0: none */
    uint8_t byte;
    uint8_t kinds; /* of the value that ends here */
};

struct mask_trie {
    struct mask_trie_node *v; /* v[0] is not used */
    uint32_t count, room;
    uint32_t roots[256];
};

void mask_trie_free(struct mask_trie *trie);

/* 0 or -ERR_MEMORY, also when there are too many values. */
int mask_trie_add(struct mask_trie *trie, const char *pattern, size_t length, unsigned kind);

/* Length of the longest value at text[at], of the kinds that are asked for; 0: none. */
size_t mask_trie_match(const struct mask_trie *trie, const char *text, size_t at, size_t length,
                       unsigned kinds);

/* ---- mask.c: the registry ---- */

enum {
    MASK_PIECE = 256, /* longer values are searched for in pieces: no line may break them all */
    MASK_COLUMN_MAX = 64,
};

void mask_register(const char *pattern, size_t length, unsigned kind);
void mask_register_column(const char *name);

/* Copies bytes with stars for values that are found anywhere. Where more may follow (not final)
 * what is undecided is left: *ret_used bytes were taken. */
int mask_bytes(const char *bytes, size_t count, bool final, struct buf *out, size_t *ret_used);

/* The longest spelling of a value that is looked for across the pieces of a stream. */
enum { MASK_HOLD = 4096 };

#endif
