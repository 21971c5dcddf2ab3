/* A YAML document as a tree that remembers on which line each value was written.
 *
 * Everything lives in the tree's own arena and is freed with it, so nodes may be moved and dropped
 * freely. Functions that make something return NULL when there is no memory, and those that store
 * accept that NULL and return -ERR_MEMORY. One thread. */
#ifndef SCENARIO_TREE_H
#define SCENARIO_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* What a scenario may hold. People's files are a hundred times smaller: the bounds stop an alias
 * bomb. */
#define TREE_BYTES_MAX ((size_t)1 << 20)
#define TREE_NODES_MAX 20000
#define TREE_DEPTH_MAX 32

#define TREE_LINE_SET 0 /* line of what came from --set */

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node;

struct entry {
    const char *key; /* NULL in lists */
    int line;        /* of the key, or of the entry */
    struct node *value;
};

struct node {
    enum node_kind kind;
    int line;         /* from 1; TREE_LINE_SET: given by --set */
    bool plain;       /* scalar written without quotes */
    const char *text; /* scalars: never NULL */
    struct entry *entries;
    size_t count;
    size_t room;
};

struct chunk;

struct tree {
    struct chunk *chunks;
    size_t nodes;
    struct node *root;
    bool failed; /* something was not made, for want of memory */
};

/* Fills err with "name:line: what", or "--set: what"; ERR_USAGE. */
int tree_error(const char *name, int line, struct err *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void tree_init(struct tree *tree);
void tree_free(struct tree *tree);

/* Parses one YAML document into a node of the tree. name stands for the file in messages, or for
 * the path of a --set: from_set gives all nodes the line TREE_LINE_SET. An empty document gives a
 * NULL node and no error. Errors: ERR_USAGE with "name:line: what", ERR_MEMORY. */
int tree_parse(struct tree *tree, const char *name, const char *text, bool from_set,
               struct node **ret_node, struct err *err);

char *tree_text(struct tree *tree, const char *text, size_t length);
struct node *node_scalar(struct tree *tree, const char *text, int line);
struct node *node_map(struct tree *tree, int line);
struct node *node_list(struct tree *tree, int line);

/* Value of a key; NULL when it is not there or map is not a mapping. */
struct node *node_find(const struct node *map, const char *key);
/* Text of a key that holds a scalar; NULL otherwise. */
const char *node_find_text(const struct node *map, const char *key);

int node_put(struct tree *tree, struct node *map, const char *key, struct node *value);
int node_put_text(struct tree *tree, struct node *map, const char *key, const char *text);
int node_push(struct tree *tree, struct node *list, struct node *value);
void node_remove(struct node *map, size_t index); /* the order of the others stays */

/* A plain null of YAML: nothing at all, ~, null. */
bool node_is_null(const struct node *node);

/* The deepest node that exists on a path such as "load.0.burst"; the node itself when nothing does.
 */
const struct node *node_nearest(const struct node *node, const char *path);

#endif
