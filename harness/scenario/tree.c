#include "scenario/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "scenario/utf8.h"

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

/* ---- from libyaml's document ---- */

struct reader {
    struct tree *tree;
    yaml_document_t *document;
    const char *name;
    bool from_set;
    struct err *err;
};

static int at_line(const struct reader *reader, const yaml_node_t *from)
{
    return reader->from_set ? TREE_LINE_SET : (int)from->start_mark.line + 1;
}

static int complain(const struct reader *reader, int line, const char *what)
{
    if (reader->from_set)
        return tree_error(reader->name, TREE_LINE_SET, reader->err, "%s: %s", reader->name, what);
    return tree_error(reader->name, line, reader->err, "%s", what);
}

static int read_node(struct reader *reader, int id, int depth, struct node **ret_node);

static int read_scalar(struct reader *reader, const yaml_node_t *from, struct node **ret_node)
{
    const char *text = (const char *)from->data.scalar.value;
    if (strlen(text) != from->data.scalar.length)
        return complain(reader, at_line(reader, from), "a text must not contain a NUL character");
    struct node *node = node_scalar(reader->tree, text, at_line(reader, from));
    if (!node)
        return err_set(reader->err, ERR_MEMORY, "out of memory");
    node->plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    *ret_node = node;
    return 0;
}

static int read_list(struct reader *reader, const yaml_node_t *from, int depth,
                     struct node **ret_node)
{
    struct node *list = node_list(reader->tree, at_line(reader, from));
    const yaml_node_item_t *item = from->data.sequence.items.start;
    for (; list && item < from->data.sequence.items.top; item++) {
        struct node *value = NULL;
        int rc = read_node(reader, *item, depth + 1, &value);
        if (rc)
            return rc;
        if (node_push(reader->tree, list, value))
            list = NULL;
    }
    *ret_node = list;
    return list ? 0 : err_set(reader->err, ERR_MEMORY, "out of memory");
}

static int read_pair(struct reader *reader, const yaml_node_pair_t *pair, struct node *map,
                     int depth)
{
    const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
    int line = at_line(reader, key);
    if (key->type != YAML_SCALAR_NODE)
        return complain(reader, line, "a key must be a plain text");
    const char *text = (const char *)key->data.scalar.value;
    if (strlen(text) != key->data.scalar.length)
        return complain(reader, line, "a key must not contain a NUL character");
    if (node_find(map, text)) {
        char what[256];
        snprintf(what, sizeof what, "the key '%.100s' is here twice (first in line %d)", text,
                 map->entries[find(map, text)].line);
        return complain(reader, line, what);
    }
    struct node *value = NULL;
    int rc = read_node(reader, pair->value, depth + 1, &value);
    if (rc)
        return rc;
    if (node_put(reader->tree, map, text, value))
        return err_set(reader->err, ERR_MEMORY, "out of memory");
    map->entries[map->count - 1].line = line;
    return 0;
}

static int read_map(struct reader *reader, const yaml_node_t *from, int depth,
                    struct node **ret_node)
{
    struct node *map = node_map(reader->tree, at_line(reader, from));
    if (!map)
        return err_set(reader->err, ERR_MEMORY, "out of memory");
    const yaml_node_pair_t *pair = from->data.mapping.pairs.start;
    for (; pair < from->data.mapping.pairs.top; pair++) {
        int rc = read_pair(reader, pair, map, depth);
        if (rc)
            return rc;
    }
    *ret_node = map;
    return 0;
}

/* Aliases make libyaml's document a graph; every use of one becomes a copy here, within the bounds.
 */
static int read_node(struct reader *reader, int id, int depth, struct node **ret_node)
{
    const yaml_node_t *from = yaml_document_get_node(reader->document, id);
    if (depth > TREE_DEPTH_MAX)
        return complain(reader, at_line(reader, from), "nested too deeply; allowed: 32 levels");
    if (++reader->tree->nodes > TREE_NODES_MAX)
        return complain(reader, at_line(reader, from), "too many values; allowed: 20000");
    switch (from->type) {
    case YAML_SCALAR_NODE:
        return read_scalar(reader, from, ret_node);
    case YAML_SEQUENCE_NODE:
        return read_list(reader, from, depth, ret_node);
    case YAML_MAPPING_NODE:
        return read_map(reader, from, depth, ret_node);
    default:
        return complain(reader, at_line(reader, from), "neither a text, a list nor a mapping");
    }
}

/* libyaml's own words, but for the mistake that everybody makes once. */
static int syntax_error(const struct reader *reader, const yaml_parser_t *parser, const char *text)
{
    int line = (int)parser->problem_mark.line + 1;
    if (parser->error == YAML_READER_ERROR)
        line = utf8_line_at(text, parser->problem_offset);
    const char *start = text;
    for (int i = 1; i < line && *start; start++)
        i += *start == '\n';
    if (start[strspn(start, " ")] == '\t')
        return complain(reader, line, "a tab in the indentation; indent with blanks");
    char what[256];
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    if (parser->context)
        snprintf(what, sizeof what, "not YAML: %s %s", problem, parser->context);
    else
        snprintf(what, sizeof what, "not YAML: %s", problem);
    return complain(reader, line, what);
}

/* A second document after `---` would be ignored quietly: refuse it. */
static int expect_end(struct reader *reader, yaml_parser_t *parser, const char *text)
{
    yaml_document_t more;
    if (!yaml_parser_load(parser, &more))
        return syntax_error(reader, parser, text);
    const yaml_node_t *root = yaml_document_get_root_node(&more);
    int line = root ? (int)root->start_mark.line + 1 : 0;
    yaml_document_delete(&more);
    return line ? complain(reader, line, "a second document; allowed: one in a file") : 0;
}

static void cleanup_parser(yaml_parser_t *parser)
{
    yaml_parser_delete(parser);
}

static void cleanup_document(yaml_document_t *document)
{
    yaml_document_delete(document);
}

int tree_parse(struct tree *tree, const char *name, const char *text, bool from_set,
               struct node **ret_node, struct err *err)
{
    struct reader reader = {.tree = tree, .name = name, .from_set = from_set, .err = err};
    size_t bad = utf8_check(text);
    if (text[bad])
        return complain(&reader, utf8_line_at(text, bad), "not UTF-8 text");
    _cleanup_(cleanup_parser) yaml_parser_t parser = {0};
    if (!yaml_parser_initialize(&parser))
        return err_set(err, ERR_MEMORY, "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    _cleanup_(cleanup_document) yaml_document_t document = {0};
    if (!yaml_parser_load(&parser, &document))
        return syntax_error(&reader, &parser, text);
    reader.document = &document;
    struct node *node = NULL;
    if (yaml_document_get_root_node(&document)) {
        int rc = read_node(&reader, 1, 0, &node);
        if (!rc)
            rc = expect_end(&reader, &parser, text);
        if (rc)
            return rc;
    }
    *ret_node = node;
    return 0;
}
