/* The walk over a tree along the grammar: where it is, and how it complains. Shared by the visitors
 * of normalise.c (structure) and scalars.c (values). */
#ifndef SCENARIO_WALK_H
#define SCENARIO_WALK_H

#include "base/err.h"
#include "scenario/grammar.h"
#include "scenario/tree.h"

enum { PLACE_BYTES = 160 };

/* Where the walk is: as the grammar spells it (`*` for entries) and as people count. */
struct place {
    char rule[PLACE_BYTES];
    char shown[PLACE_BYTES];
};

struct walk {
    struct tree *tree;
    const char *name;
    struct err *err;
};

/* A value stands at parent->entries[index]; a visitor checks it and may replace it. */
typedef int visitor(struct walk *walk, const struct rule *rule, const struct place *place,
                    struct node *parent, size_t index);

/* "name:line: path: what". Returns -ERR_USAGE. */
int walk_complain(const struct walk *walk, int line, const struct place *place, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));
int walk_out_of_memory(const struct walk *walk);

/* "a mapping", "a list", "a text". */
const char *walk_kind(const struct node *node);

#endif
