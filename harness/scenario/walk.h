/* The walk over a tree along the grammar: where it is, and how it complains. Shared by bind.c
 * (structure) and scalars.c (values). */
#ifndef SCENARIO_WALK_H
#define SCENARIO_WALK_H

#include "base/err.h"
#include "scenario/grammar.h"
#include "scenario/tree.h"

/* Where the walk is, as people count. */
struct place {
    const struct place *outer; /* NULL: the whole scenario */
    const char *key;           /* NULL: the entry of that number */
    size_t number;
};

struct walk {
    struct tree *tree;
    const char *name;
    struct err *err;
};

/* Checks what stands at entry and writes it into the rule's member of object. May spell a short
 * form out in the tree. Errors: ERR_USAGE with file, line and what is allowed; ERR_MEMORY. */
typedef int binder(struct walk *walk, const struct rule *rule, const struct place *place,
                   struct entry *entry, void *object);

/* A member of a struct. */
static inline void *walk_member(const void *object, size_t offset)
{
    return (char *)(uintptr_t)object + offset;
}

/* "name:line: path: what". Returns -ERR_USAGE. */
int walk_complain(const struct walk *walk, int line, const struct place *place, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
int walk_out_of_memory(const struct walk *walk);

/* "'x' is not allowed; did you mean 'y'? allowed: …". subject: "'x' is not allowed". */
int walk_refuse_word(const struct walk *walk, int line, const struct place *place,
                     const char *subject, const char *guess, const char *allowed);

/* "a mapping", "a list", "a text". */
const char *walk_kind(const struct node *node);

#endif
