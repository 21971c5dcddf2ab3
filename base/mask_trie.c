/* All values in one tree of bytes, so that a text is read once whatever their number. Where the
 * text holds an escape, the tree is also walked by what it stands for: no spelling is listed. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mask_inside.h"

/* 12 bytes each: enough for ten thousand values of a feeder. */
enum {
    NODES_MAX = 4 * 1024 * 1024,
    WILD_MAX = 64,
    STEPS_MAX = 100000,
    CUT_TEXT = 120,
    CUT_MIN = 8
};

void mask_trie_free(struct mask_trie *trie)
{
    free(trie->v);
    *trie = (struct mask_trie){0};
}

static uint32_t make_node(struct mask_trie *trie, char byte)
{
    if (trie->count + 1 >= trie->room) {
        uint32_t room = trie->room ? trie->room * 2 : 1024;
        struct mask_trie_node *v =
            room > NODES_MAX ? NULL : realloc(trie->v, room * sizeof *trie->v);
        if (!v)
            return 0;
        trie->v = v;
        trie->room = room;
    }
    trie->v[++trie->count] = (struct mask_trie_node){.byte = (uint8_t)byte};
    return trie->count;
}

static uint32_t find_child(const struct mask_trie *trie, uint32_t node, char byte)
{
    if (!node)
        return trie->roots[(uint8_t)byte];
    uint32_t child = trie->v[node].child;
    while (child && trie->v[child].byte != (uint8_t)byte)
        child = trie->v[child].next;
    return child;
}

static uint32_t child_of(struct mask_trie *trie, uint32_t node, char byte)
{
    uint32_t child = find_child(trie, node, byte);
    if (child || !(child = make_node(trie, byte)))
        return child;
    if (!node) {
        trie->roots[(uint8_t)byte] = child;
    } else {
        trie->v[child].next = trie->v[node].child;
        trie->v[node].child = child;
    }
    return child;
}

int mask_trie_add(struct mask_trie *trie, const char *pattern, size_t length, unsigned kind)
{
    uint32_t node = 0;
    for (size_t i = 0; i < length; i++)
        if (!(node = child_of(trie, node, pattern[i])))
            return -(int)ERR_MEMORY;
    if (node)
        trie->v[node].kinds |= (uint8_t)kind;
    return 0;
}

/* ---- matching ---- */

struct search {
    const struct mask_trie *trie;
    const char *text, *start, *end;
    unsigned kinds;
    size_t longest;
    unsigned steps; /* quotes in quotes have endless readings */
};

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (byte & 0x80);
}

/* Is the character before at an escape: the n of "\n" and the 2 of "%22" belong to no word. */
static bool ends_escape(const char *text, const char *at)
{
    ptrdiff_t before = at - text;
    return (before >= 2 && at[-2] == '\\') || (before >= 3 && at[-3] == '%') ||
           (before >= 6 && at[-6] == '\\' && at[-5] == 'u');
}

static bool stands_alone(const struct search *search, const char *after)
{
    const char *start = search->start;
    bool left = start == search->text || !is_word(start[-1]) || !is_word(*start) ||
                ends_escape(search->text, start);
    bool right = after == search->end || !is_word(*after) || !is_word(after[-1]);
    return left && right;
}

static bool is_quoted(const struct search *search, const char *after)
{
    const char *start = search->start;
    bool left = start > search->text && strchr("\"'=/@`\\", start[-1]);
    return left && stands_alone(search, after) && (after == search->end || *after != '.');
}

static void end_here(struct search *search, uint32_t node, const char *after)
{
    unsigned kinds = search->trie->v[node].kinds & search->kinds;
    size_t length = (size_t)(after - search->start);
    if (length <= search->longest || !kinds)
        return;
    bool public = search->trie->v[node].kinds & MASK_PUBLIC;
    if ((kinds & MASK_ANYWHERE) || ((kinds & MASK_WHOLE) && stands_alone(search, after)) ||
        ((kinds & MASK_WORD) && !public && stands_alone(search, after)) ||
        ((kinds & MASK_NUMBER) && is_quoted(search, after)))
        search->longest = length;
}

/* A text that was cut, as samples are, may end in the middle of a value. */
static void end_of_text(struct search *search, uint32_t node)
{
    size_t length = (size_t)(search->end - search->start);
    bool more = node && search->trie->v[node].child && search->end - search->text >= CUT_TEXT;
    if (more && (search->kinds & MASK_WHOLE) && length >= CUT_MIN && length > search->longest)
        search->longest = length;
}

static void walk(struct search *search, uint32_t node, const char *at);

/* What a placeholder was filled with: a number, a UUID, a token. */
static void walk_wild(struct search *search, uint32_t node, const char *at)
{
    for (int i = 0; i < WILD_MAX && at < search->end; i++) {
        if (!isalnum((unsigned char)*at) && !strchr("-_.~@", *at))
            return;
        walk(search, node, ++at);
    }
}

static void walk_escapes(struct search *search, uint32_t node, const char *at)
{
    for (unsigned way = 0; way < MASK_UNIT_WAYS; way++) {
        struct mask_unit unit = mask_unit_read(at, search->end, way);
        uint32_t inner = node;
        for (size_t i = 0; i < unit.count && (!i || inner); i++)
            inner = find_child(search->trie, inner, unit.bytes[i]);
        if (unit.count && inner)
            walk(search, inner, at + unit.taken);
    }
}

static void walk(struct search *search, uint32_t node, const char *at)
{
    for (;;) {
        if (node)
            end_here(search, node, at);
        if (at >= search->end)
            end_of_text(search, node);
        if (at >= search->end || search->steps++ > STEPS_MAX)
            return;
        uint32_t wild = node ? find_child(search->trie, node, MASK_WILD) : 0;
        if (wild)
            walk_wild(search, wild, at);
        if (strchr("\\%&'+", *at) && *at)
            walk_escapes(search, node, at);
        node = find_child(search->trie, node, *at);
        if (!node || *at == MASK_WILD)
            return;
        at++;
    }
}

size_t mask_trie_match(const struct mask_trie *trie, const char *text, size_t at, size_t length,
                       unsigned kinds)
{
    unsigned char first = (unsigned char)text[at];
    bool escape = first == '\\' || first == '%' || first == '&' || first == '\'' || first == '+';
    if (!trie->roots[first] && !escape)
        return 0;
    struct search search = {trie, text, text + at, text + length, kinds, 0, 0};
    walk(&search, 0, search.start);
    return search.longest;
}
