#include "proxy/shape.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "proxy/hash.h"
#include "proxy/shape_inside.h"

#define SLOTS (4 * SHAPES_MAX)

struct shapes {
    struct shape v[SHAPES_MAX];
    unsigned count;
    uint64_t refused;
    uint16_t slots[SLOTS]; /* number + 1 by hash; 0: empty */
};

static const char *const kind_names[SHAPE_KINDS] = {"read",         "write",    "transaction",
                                                    "housekeeping", "blocking", "subscribe"};

const char *shape_kind_name(enum shape_kind kind)
{
    return kind_names[kind];
}

struct shapes *shapes_open(void)
{
    struct shapes *shapes = calloc(1, sizeof *shapes);
    if (!shapes)
        return NULL;
    static const char *const fixed[] = {"(other statements)", "(statement that was not read)"};
    for (unsigned i = 0; i < 2; i++)
        shapes_intern(shapes, fixed[i], strlen(fixed[i]), SHAPE_WRITE);
    return shapes;
}

void shapes_close(struct shapes *shapes)
{
    free(shapes);
}

unsigned shapes_count(const struct shapes *shapes)
{
    return shapes->count;
}

const struct shape *shapes_get(const struct shapes *shapes, unsigned number)
{
    return number < shapes->count ? &shapes->v[number] : NULL;
}

uint64_t shapes_refused(const struct shapes *shapes)
{
    return shapes->refused;
}

static void shape_fill(struct shape *shape, const char *text, size_t length)
{
    size_t shown = length <= SHAPE_TEXT_MAX ? length : utf8_cut(text, SHAPE_TEXT_MAX);
    memcpy(shape->text, text, shown);
    for (size_t i = 0; i < shown; i++) {
        if ((unsigned char)shape->text[i] < ' ' || shape->text[i] == 0x7f)
            shape->text[i] = '.';
    }
    strcpy(shape->text + shown, shown < length ? "..." : "");
    for (size_t valid; shape->text[valid = utf8_check(shape->text)];)
        shape->text[valid] = '.';
}

static unsigned intern(struct shapes *shapes, uint64_t hash, const char *text, size_t length,
                       enum shape_kind kind)
{
    unsigned slot = (unsigned)hash % SLOTS;
    for (; shapes->slots[slot]; slot = (slot + 1) % SLOTS) {
        if (shapes->v[shapes->slots[slot] - 1].hash == hash)
            return shapes->slots[slot] - 1U;
    }
    if (shapes->count == SHAPES_MAX) {
        shapes->refused++;
        return SHAPE_OTHER;
    }
    struct shape *shape = &shapes->v[shapes->count];
    *shape = (struct shape){.hash = hash, .kind = kind};
    shape_fill(shape, text, length);
    shapes->slots[slot] = (uint16_t)++shapes->count;
    return shapes->count - 1;
}

unsigned shapes_intern(struct shapes *shapes, const char *text, size_t length, enum shape_kind kind)
{
    return intern(shapes, hash_bytes(text, length), text, length, kind);
}

unsigned shapes_intern_any_case(struct shapes *shapes, const char *text, size_t length,
                                enum shape_kind kind)
{
    unsigned number = intern(shapes, hash_any_case(text, length), text, length, kind);
    shapes->v[number].any_case = number > SHAPE_UNKNOWN;
    return number;
}

bool shape_is(const struct shape *shape, const char *text)
{
    return (shape->any_case ? strcasecmp : strcmp)(shape->text, text) == 0;
}

static bool is_uuid(const char *text, size_t length)
{
    if (length < 36)
        return false;
    for (unsigned i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return length == 36 || !ascii_alnum(text[36]);
}

/* How long the word at the front is, and whether all of it is an id: hex of 8
 * digits and more, or longer than people name things. */
static size_t word_of(const char *text, size_t length, bool *ret_id)
{
    size_t end = 0, digits = 0;
    bool hex = true;
    for (; end < length && (ascii_alnum(text[end]) || (unsigned char)text[end] >= 0x80); end++) {
        digits += ascii_digit(text[end]) != 0;
        hex = hex && isxdigit((unsigned char)text[end]);
    }
    *ret_id = (digits && ((hex && end >= 8) || end >= 20)) || end > 40;
    return end;
}

static size_t replace(struct draft *draft, const char *text, size_t length,
                      const struct value_rules *rules, struct values *values)
{
    values_add(values, value_of_text(rules, text, length));
    draft_add(draft, '?');
    return length;
}

static size_t digits_at(const char *text, size_t length)
{
    size_t end = 0;
    while (end < length && ascii_digit(text[end]))
        end++;
    return end;
}

void draft_name(struct draft *draft, const char *name, size_t length,
                const struct value_rules *rules, struct values *values)
{
    for (size_t at = 0; at < length;) {
        bool id = false;
        size_t word = is_uuid(name + at, length - at) ? 36 : word_of(name + at, length - at, &id);
        if (word == 36 || id) {
            at += replace(draft, name + at, word, rules, values);
            continue;
        }
        for (size_t end = at + word; at < end;) {
            size_t digits = digits_at(name + at, end - at);
            if (digits)
                at += replace(draft, name + at, digits, rules, values);
            else
                draft_add(draft, name[at++]);
        }
        if (at < length && !ascii_alnum(name[at]) && (unsigned char)name[at] < 0x80)
            draft_add(draft, name[at++]);
    }
}
