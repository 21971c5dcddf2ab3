/* A tree as YAML for people: block style, small mappings and lists on one line, quotes where a
 * reader could take a text for something else. */
#ifndef SCENARIO_EMIT_H
#define SCENARIO_EMIT_H

#include "base/buf.h"
#include "scenario/tree.h"

/* Plain scalars of the tree are written as they are, others get quotes when they need them. Errors:
 * -ERR_MEMORY. */
int emit_yaml(const struct node *root, struct buf *ret_text);

/* The same as JSON on one line; scalars are texts, but for nulls. */
int emit_json(const struct node *root, struct buf *ret_text);

/* One text, quoted when it needs it. */
int emit_text(const char *text, struct buf *ret_text);

#endif
