/* The canonical text of a tree: what libcyaml is given to read. One node a line, so that a line of
 * this text leads back to the line that somebody wrote. */
#ifndef SCENARIO_CANONICAL_H
#define SCENARIO_CANONICAL_H

#include "base/buf.h"
#include "scenario/tree.h"

struct canonical {
    struct buf text;
    int *lines; /* lines[i]: where the node on line i + 1 of text was written; owned */
    size_t count;
    size_t room;
};

void canonical_init(struct canonical *canonical);
void canonical_free(struct canonical *canonical);

/* Errors: -ERR_MEMORY. */
int canonical_write(struct canonical *canonical, const struct node *root);

/* The original line; 1 for lines that are not there. */
int canonical_line(const struct canonical *canonical, size_t line);

/* Adds text in double quotes, escaped so that every YAML reader gives it back. */
int canonical_quote(struct buf *buf, const char *text);

#endif
