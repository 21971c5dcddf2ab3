#include "scenario/emit.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum { LINE_COLUMNS = 100, INDENT = 2 };

/* Would a YAML 1.1 or 1.2 reader take it for null, a boolean or a number? */
static bool looks_like_another_type(const char *text)
{
    static const char *const words[] = {"null", "~",  "true", "false", "yes",
                                        "no",   "on", "off",  "y",     "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(text, words[i]))
            return true;
    if (text[0] == '.' || text[0] == '-' || text[0] == '+' || (text[0] >= '0' && text[0] <= '9'))
        return text[strspn(text, "+-.0123456789eExXoO_:abcdfABCDF")] == '\0';
    return false;
}

/* Characters that mean nothing in YAML wherever they stand, but for the cases below. */
static bool is_safe(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_./+-()=;<>$%^~: ";
    if (!*text || text[strspn(text, safe)])
        return false;
    if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.", text[0]))
        return false;
    char last = text[strlen(text) - 1];
    return !strstr(text, ": ") && last != ':' && last != ' ' && strcmp(text, "---") != 0 &&
           strcmp(text, "...") != 0;
}

/* In double quotes, escaped so that every YAML reader gives it back. */
static int emit_quoted(const char *text, struct buf *buf)
{
    (void)buf_add(buf, "\"", 1);
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);
        if (c == UTF8_INVALID) /* as it is, so that whoever reads the text refuses it */
            (void)buf_add(buf, start, 1);
        else if (c == '"' || c == '\\')
            (void)buf_addf(buf, "\\%c", (int)c);
        else if (c == '\n')
            (void)buf_adds(buf, "\\n");
        else if (c == '\r')
            (void)buf_adds(buf, "\\r");
        else if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0))
            (void)buf_addf(buf, "\\x%02x", (unsigned)c);
        else if (c == 0x2028 || c == 0x2029 || (c >= 0xfe00 && c < 0x10000))
            (void)buf_addf(buf, "\\u%04x", (unsigned)c);
        else
            (void)buf_add(buf, start, (size_t)(text - start));
    }
    return buf_add(buf, "\"", 1);
}

int emit_text(const char *text, struct buf *ret_text)
{
    if (is_safe(text) && !looks_like_another_type(text))
        return buf_adds(ret_text, text);
    return emit_quoted(text, ret_text);
}

static int emit_scalar(const struct node *node, struct buf *text)
{
    return node->plain ? buf_adds(text, node->text) : emit_text(node->text, text);
}

/* ---- on one line ---- */

static int emit_flow(const struct node *node, struct buf *text)
{
    if (node->kind == NODE_SCALAR)
        return emit_scalar(node, text);
    (void)buf_adds(text, node->kind == NODE_MAP ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        const struct entry *entry = &node->entries[i];
        (void)buf_adds(text, i ? ", " : "");
        if (entry->key) {
            (void)emit_text(entry->key, text);
            (void)buf_adds(text, ": ");
        }
        (void)emit_flow(entry->value, text);
    }
    return buf_adds(text, node->kind == NODE_MAP ? "}" : "]");
}

/* Nothing below but scalars and, in one of them, small mappings: [{status: [410]}]. */
static unsigned depth(const struct node *node)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < node->count; i++) {
        unsigned below = depth(node->entries[i].value);
        deepest = below > deepest ? below : deepest;
    }
    return node->kind == NODE_SCALAR ? 0 : deepest + 1;
}

/* ${NAME:-default}, unquoted so that it may be a number: between braces it would end at its own. */
static bool needs_block(const struct node *node)
{
    if (node->kind == NODE_SCALAR)
        return node->plain && strpbrk(node->text, "{}[],");
    for (size_t i = 0; i < node->count; i++)
        if (needs_block(node->entries[i].value))
            return true;
    return false;
}

static bool fits(const struct node *node, unsigned column)
{
    if (node->count == 0)
        return true;
    if (depth(node) > 2 || needs_block(node))
        return false;
    struct buf line;
    buf_init(&line, LINE_COLUMNS);
    bool fit = !emit_flow(node, &line) && column + line.used <= LINE_COLUMNS;
    buf_free(&line);
    return fit;
}

/* ---- on many ---- */

static int emit_block(const struct node *node, unsigned indent, bool started, struct buf *text);

static int emit_value(const struct node *node, unsigned indent, unsigned column, struct buf *text)
{
    if (node->kind == NODE_SCALAR || fits(node, column)) {
        (void)buf_adds(text, " ");
        (void)emit_flow(node, text);
        return buf_adds(text, "\n");
    }
    (void)buf_adds(text, "\n");
    return emit_block(node, indent + INDENT, false, text);
}

/* started: the first line already has its indentation and a dash. */
static int emit_block(const struct node *node, unsigned indent, bool started, struct buf *text)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct entry *entry = &node->entries[i];
        if (!started || i > 0)
            (void)buf_addf(text, "%*s", (int)indent, "");
        size_t before = text->used;
        if (entry->key) {
            (void)emit_text(entry->key, text);
            (void)buf_adds(text, ":");
            unsigned column = indent + (unsigned)(text->used - before) + 1;
            (void)emit_value(entry->value, indent, column, text);
            continue;
        }
        (void)buf_adds(text, "-");
        bool inner = entry->value->kind == NODE_MAP && !fits(entry->value, indent + INDENT);
        (void)buf_adds(text, inner ? " " : "");
        if (inner)
            (void)emit_block(entry->value, indent + INDENT, true, text);
        else
            (void)emit_value(entry->value, indent, indent + INDENT, text);
    }
    return text->failed ? -(int)ERR_MEMORY : 0;
}

int emit_yaml(const struct node *root, struct buf *ret_text)
{
    return emit_block(root, 0, false, ret_text);
}

/* ---- as JSON ---- */

static void emit_string(const char *text, struct buf *buf)
{
    (void)buf_add(buf, "\"", 1);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            (void)buf_addf(buf, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            (void)buf_addf(buf, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            (void)buf_add(buf, text, 1);
    (void)buf_add(buf, "\"", 1);
}

int emit_json(const struct node *root, struct buf *ret_text)
{
    if (root->kind == NODE_SCALAR) {
        if (node_is_null(root))
            (void)buf_adds(ret_text, "null");
        else
            emit_string(root->text, ret_text);
        return ret_text->failed ? -(int)ERR_MEMORY : 0;
    }
    (void)buf_adds(ret_text, root->kind == NODE_MAP ? "{" : "[");
    for (size_t i = 0; i < root->count; i++) {
        (void)buf_adds(ret_text, i ? ", " : "");
        if (root->entries[i].key) {
            emit_string(root->entries[i].key, ret_text);
            (void)buf_adds(ret_text, ": ");
        }
        (void)emit_json(root->entries[i].value, ret_text);
    }
    (void)buf_adds(ret_text, root->kind == NODE_MAP ? "}" : "]");
    return ret_text->failed ? -(int)ERR_MEMORY : 0;
}
