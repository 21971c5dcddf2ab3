#include "scenario/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the arena ---- */

struct chunk {
    struct chunk *next;
    size_t used, room;
    max_align_t bytes[];
};

enum { CHUNK_BYTES = 16 * 1024 };

void tree_init(struct tree *tree)
{
    *tree = (struct tree){0};
}

void tree_free(struct tree *tree)
{
    while (tree->chunks) {
        struct chunk *next = tree->chunks->next;
        free(tree->chunks);
        tree->chunks = next;
    }
    tree_init(tree);
}

static void *take(struct tree *tree, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    struct chunk *chunk = tree->chunks;
    if (!chunk || chunk->room - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        chunk = calloc(1, sizeof *chunk + room);
        tree->failed |= !chunk;
        if (!chunk)
            return NULL;
        chunk->room = room;
        chunk->next = tree->chunks;
        tree->chunks = chunk;
    }
    void *taken = (char *)chunk->bytes + chunk->used;
    chunk->used += size;
    return taken;
}

char *tree_text(struct tree *tree, const char *text, size_t length)
{
    char *copy = take(tree, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

int tree_error(const char *name, int line, struct err *err, const char *format, ...)
{
    char what[ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (line == TREE_LINE_SET)
        return err_set(err, ERR_USAGE, "--set: %s", what);
    return err_set(err, ERR_USAGE, "%s:%d: %s", name, line, what);
}

/* ---- nodes ---- */

static struct node *make(struct tree *tree, enum node_kind kind, int line)
{
    struct node *node = take(tree, sizeof *node);
    if (node)
        *node = (struct node){.kind = kind, .line = line, .text = ""};
    return node;
}

struct node *node_scalar(struct tree *tree, const char *text, int line)
{
    struct node *node = make(tree, NODE_SCALAR, line);
    char *copy = node ? tree_text(tree, text, strlen(text)) : NULL;
    if (copy)
        node->text = copy;
    return copy ? node : NULL;
}

struct node *node_map(struct tree *tree, int line)
{
    return make(tree, NODE_MAP, line);
}

struct node *node_list(struct tree *tree, int line)
{
    return make(tree, NODE_LIST, line);
}

static size_t find(const struct node *map, const char *key)
{
    size_t at = 0;
    while (at < map->count && strcmp(map->entries[at].key, key) != 0)
        at++;
    return at;
}

struct node *node_find(const struct node *map, const char *key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    size_t at = find(map, key);
    return at < map->count ? map->entries[at].value : NULL;
}

const char *node_find_text(const struct node *map, const char *key)
{
    const struct node *node = node_find(map, key);
    return node && node->kind == NODE_SCALAR ? node->text : NULL;
}

static int append(struct tree *tree, struct node *node, struct entry entry)
{
    if (node->count == node->room) {
        size_t room = node->room ? node->room * 2 : 4;
        struct entry *entries = take(tree, room * sizeof *entries);
        if (!entries)
            return -(int)ERR_MEMORY;
        if (node->count)
            memcpy(entries, node->entries, node->count * sizeof *entries);
        node->entries = entries;
        node->room = room;
    }
    node->entries[node->count++] = entry;
    return 0;
}

int node_put(struct tree *tree, struct node *map, const char *key, struct node *value)
{
    if (!value)
        return -(int)ERR_MEMORY;
    size_t at = find(map, key);
    if (at < map->count) {
        map->entries[at].value = value;
        map->entries[at].line = value->line;
        return 0;
    }
    const char *copy = tree_text(tree, key, strlen(key));
    return copy ? append(tree, map, (struct entry){copy, value->line, value}) : -(int)ERR_MEMORY;
}

int node_put_text(struct tree *tree, struct node *map, const char *key, const char *text)
{
    return node_put(tree, map, key, node_scalar(tree, text, map->line));
}

int node_push(struct tree *tree, struct node *list, struct node *value)
{
    if (!value)
        return -(int)ERR_MEMORY;
    return append(tree, list, (struct entry){NULL, value->line, value});
}

void node_remove(struct node *map, size_t index)
{
    map->count--;
    memmove(map->entries + index, map->entries + index + 1,
            (map->count - index) * sizeof *map->entries);
}

bool node_is_null(const struct node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != NODE_SCALAR || !node->plain)
        return false;
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (!strcmp(node->text, nulls[i]))
            return true;
    return false;
}

static const struct node *step(const struct node *node, const char *word, size_t length)
{
    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->entries[i].key;
        if (key ? strlen(key) == length && !strncmp(key, word, length)
                : strtoull(word, NULL, 10) == i)
            return node->entries[i].value;
    }
    return NULL;
}

const struct node *node_nearest(const struct node *node, const char *path)
{
    while (*path) {
        size_t length = strcspn(path, ".");
        const struct node *next = step(node, path, length);
        if (!next)
            break;
        node = next;
        path += length + (path[length] == '.');
    }
    return node;
}
