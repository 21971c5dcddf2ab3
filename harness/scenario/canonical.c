#include "scenario/canonical.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/utf8.h"

/* A megabyte of characters that all have to be escaped. */
enum { CANONICAL_BYTES_MAX = 16 * 1024 * 1024 };

void canonical_init(struct canonical *canonical)
{
    *canonical = (struct canonical){0};
    buf_init(&canonical->text, CANONICAL_BYTES_MAX);
}

void canonical_free(struct canonical *canonical)
{
    buf_free(&canonical->text);
    free(canonical->lines);
    canonical_init(canonical);
}

int canonical_line(const struct canonical *canonical, size_t line)
{
    return line > 0 && line <= canonical->count ? canonical->lines[line - 1] : 1;
}

int canonical_quote(struct buf *buf, const char *text)
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
        else if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xa0))
            (void)buf_addf(buf, "\\x%02x", (unsigned)c);
        else if (c == 0x2028 || c == 0x2029 || (c >= 0xfe00 && c < 0x10000))
            (void)buf_addf(buf, "\\u%04x", (unsigned)c);
        else
            (void)buf_add(buf, start, (size_t)(text - start));
    }
    (void)buf_add(buf, "\"", 1);
    return buf->failed ? -(int)ERR_MEMORY : 0;
}

static int end_line(struct canonical *canonical, int line)
{
    if (canonical->count == canonical->room) {
        size_t room = canonical->room ? canonical->room * 2 : 256;
        int *lines = realloc(canonical->lines, room * sizeof *lines);
        if (!lines)
            return -(int)ERR_MEMORY;
        canonical->lines = lines;
        canonical->room = room;
    }
    canonical->lines[canonical->count++] = line;
    return buf_add(&canonical->text, "\n", 1);
}

static int write_node(struct canonical *canonical, const struct node *node)
{
    struct buf *text = &canonical->text;
    if (node->kind == NODE_SCALAR)
        return canonical_quote(text, node->text);
    bool map = node->kind == NODE_MAP;
    (void)buf_adds(text, map ? "{" : "[");
    int rc = end_line(canonical, node->line);
    for (size_t i = 0; i < node->count && !rc; i++) {
        const struct entry *entry = &node->entries[i];
        if (map) {
            (void)canonical_quote(text, entry->key);
            (void)buf_adds(text, ": ");
        }
        rc = write_node(canonical, entry->value);
        (void)buf_adds(text, i + 1 < node->count ? "," : "");
        if (!rc)
            rc = end_line(canonical, entry->line);
    }
    (void)buf_adds(text, map ? "}" : "]");
    return rc ? rc : text->failed ? -(int)ERR_MEMORY : 0;
}

int canonical_write(struct canonical *canonical, const struct node *root)
{
    int rc = write_node(canonical, root);
    return rc ? rc : end_line(canonical, root->line);
}
