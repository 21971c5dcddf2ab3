/* tree_parse: from libyaml's document to a tree. */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "scenario/tree.h"

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

static int first_line(const struct node *map, const char *key)
{
    size_t at = 0;
    while (strcmp(map->entries[at].key, key) != 0)
        at++;
    return map->entries[at].line;
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
        snprintf(what, sizeof what,
                 "the key '%.100s' is here twice (first in line %d): keep one of them", text,
                 first_line(map, text));
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

/* What to do about what the parser met. */
static const char *remedy_for(const char *problem)
{
    static const struct {
        const char *problem, *remedy;
    } rows[] = {
        {"mapping values are not allowed",
         "a text with ': ' in it stands in quotes, and keys of one mapping begin in one column"},
        {"expected ',' or", "close the bracket, with commas between what is in it"},
        {"undefined alias", "a text that begins with * stands in quotes"},
        {"cannot start any token", "a text that begins with @, ` or % stands in quotes"},
        {"could not find expected ':'", "a key is followed by ': '"},
        {"block", "keys of one mapping, and dashes of one list, begin in one column"},
        {"control characters", "take the character out, or write it in double quotes as \\u0007"},
        {"unexpected end", "close the quote"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strstr(problem, rows[i].problem))
            return rows[i].remedy;
    return "texts with special characters stand in quotes";
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
    snprintf(what, sizeof what, "not YAML: %s%s%s; %s", problem, parser->context ? " " : "",
             parser->context ? parser->context : "", remedy_for(problem));
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
