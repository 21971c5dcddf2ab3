#include "load/http/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "load/http/escape.h"

enum { DIGITS_MAX = 20, PARTS_MAX = 64 };

enum part_kind {
    PART_LITERAL,
    PART_USER,
    PART_SEQ,
    PART_UUID,
    PART_ITEM,
    PART_UNITS,
    PART_KEY,
    PART_ORDER,
    PART_TO,
    PART_COLUMN,
    PART_CAPTURED,
};

struct cell {
    char *text; /* escaped; owned */
    size_t length;
};

struct part {
    enum part_kind kind;
    unsigned captured;  /* PART_CAPTURED: its place */
    unsigned line;      /* PART_ITEM, PART_UNITS: of the order, from 0 */
    bool leads;         /* it stands where the path of a URL begins */
    struct cell *cells; /* PART_LITERAL: one; PART_COLUMN: one a row; owned */
    size_t cells_count;
};

struct template
{
    struct part parts[PARTS_MAX];
    size_t count;
    size_t room;
    const struct items *items;   /* borrowed; NULL: there are none */
    struct uuid_key key;         /* of {{key}} */
    const struct roster *roster; /* borrowed; NULL: users are written as the numbers they are */
    enum escape escape;
};

static const struct {
    const char *name;
    enum part_kind kind;
    size_t room;
    bool sold;  /* known where there are items */
    bool about; /* and where a request is about an order */
} builtins[] = {
    {"user", PART_USER, 0, false, false}, /* see user_room */
    {"seq", PART_SEQ, DIGITS_MAX, false, false},
    {"uuid", PART_UUID, TEMPLATE_UUID_SIZE - 1, false, false},
    {"item", PART_ITEM, (size_t)ROSTER_TEXT_MAX *ESCAPE_GROWTH, true, false},
    {"units", PART_UNITS, AMOUNT_TEXT, true, false},
    {"to", PART_TO, (size_t)ROSTER_TEXT_MAX *ESCAPE_GROWTH, true, false},
    {"order", PART_ORDER, (size_t)ORDER_TEXT *ESCAPE_GROWTH, true, true},
};

static struct part *new_part(struct template *template, enum part_kind kind, size_t cells,
                             struct err *err)
{
    if (template->count == PARTS_MAX) {
        err_set(err, ERR_USAGE, "a template can have at most %d parts", PARTS_MAX);
        return NULL;
    }
    struct part *part = &template->parts[template->count];
    *part = (struct part){.kind = kind};
    if (cells && !(part->cells = calloc(cells, sizeof *part->cells))) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    part->cells_count = cells;
    template->count++;
    return part;
}

static int add_literal(struct template *template, const char *text, size_t length, struct err *err)
{
    if (length == 0)
        return 0;
    struct part *part = new_part(template, PART_LITERAL, 1, err);
    if (!part)
        return -ERR_USAGE;
    part->cells[0].text = strndup(text, length);
    if (!part->cells[0].text)
        return err_set(err, ERR_MEMORY, "out of memory");
    part->cells[0].length = length;
    template->room += length;
    return 0;
}

static int add_column(struct template *template, const struct feeder *feeder, int column,
                      enum escape escape, struct err *err)
{
    struct part *part = new_part(template, PART_COLUMN, feeder->rows, err);
    if (!part)
        return -ERR_USAGE;
    size_t longest = 0;
    for (size_t row = 0; row < feeder->rows; row++) {
        struct cell *cell = &part->cells[row];
        int rc = escape_text(escape, feeder_cell(feeder, row, (size_t)column), &cell->text, err);
        if (rc)
            return err_prefix(err, "feeder row %zu, column %s", row + 1, feeder->cells[column]);
        cell->length = strlen(cell->text);
        if (cell->length > longest)
            longest = cell->length;
    }
    template->room += longest;
    return 0;
}

static size_t user_room(const struct template *template)
{
    return template->roster ? roster_longest(template->roster) * ESCAPE_GROWTH : DIGITS_MAX;
}

static int add_captured(struct template *template, unsigned place, struct err *err)
{
    struct part *part = new_part(template, PART_CAPTURED, 0, err);
    if (!part)
        return -ERR_USAGE;
    part->captured = place;
    template->room += (size_t)TEMPLATE_CAPTURED_SIZE *ESCAPE_GROWTH;
    return 0;
}

/* Behind the first slash of a path, and that behind the host if there is one. */
static bool leads_path(const char *text, const char *open)
{
    const char *host = strstr(text, "://");
    const char *path = host && host < open ? strchr(host + 3, '/') : text;
    return path && *path == '/' && path + 1 == open;
}

static bool is_builtin(size_t place, const char *name, size_t length, const struct feeder *feeder)
{
    return strlen(builtins[place].name) == length && !strncmp(builtins[place].name, name, length) &&
           (!builtins[place].sold || (feeder && feeder->items)) &&
           (!builtins[place].about || feeder->about_order);
}

static int add_builtin(struct template *template, size_t place, unsigned line, struct err *err)
{
    template->room += builtins[place].room;
    if (builtins[place].kind == PART_USER)
        template->room += user_room(template);
    struct part *part = new_part(template, builtins[place].kind, 0, err);
    if (!part)
        return -ERR_USAGE;
    part->line = line;
    return 0;
}

/* {{item2}}: of the second line. The length without the number, which is 0 of the first. */
static size_t without_line(const char *name, size_t length, const struct feeder *feeder,
                           unsigned *ret_line)
{
    unsigned lines = feeder && feeder->items ? feeder->items->lines : 1;
    unsigned line = length ? (unsigned)(name[length - 1] - '0') : 0;
    bool of_lines = length > 4 && (!strncmp(name, "item", 4) || !strncmp(name, "units", 5));
    *ret_line = of_lines && line >= 2 && line <= lines ? line - 1 : 0;
    return *ret_line ? length - 1 : length;
}

static int add_name(struct template *template, const char *name, size_t length, enum escape escape,
                    const struct feeder *feeder, struct err *err)
{
    unsigned line;
    size_t bare = without_line(name, length, feeder, &line);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (is_builtin(i, name, bare, feeder))
            return add_builtin(template, i, line, err);
    if (feeder && feeder->key_seed && length == 3 && !strncmp(name, "key", 3)) {
        template->room += UUID_LENGTH;
        return new_part(template, PART_KEY, 0, err) ? 0 : -ERR_USAGE;
    }
    int captured = feeder ? feeder_captured(feeder, name, length) : -1;
    if (captured >= 0)
        return add_captured(template, (unsigned)captured, err);
    for (const struct feeder *at = feeder; at; at = at->more) {
        int column = feeder_column(at, name, length);
        if (column >= 0)
            return add_column(template, at, column, escape, err);
    }
    return feeder_unknown(feeder, name, length, err);
}

static int compile(struct template *template, const char *text, enum escape escape,
                   const struct feeder *feeder, struct err *err)
{
    const char *open, *begin = text;
    while ((open = strstr(text, "{{"))) {
        const char *close = strstr(open, "}}");
        if (!close)
            return err_set(err, ERR_USAGE, "'%s': {{ without }}", text);
        int rc = add_literal(template, text, (size_t)(open - text), err);
        if (rc)
            return rc;
        const char *name = open + 2, *end = close;
        while (name < end && *name == ' ')
            name++;
        while (end > name && end[-1] == ' ')
            end--;
        rc = add_name(template, name, (size_t)(end - name), escape, feeder, err);
        if (rc)
            return rc;
        if (template->count)
            template->parts[template->count - 1].leads =
                escape == ESCAPE_URL &&leads_path(begin, open);
        text = close + 2;
    }
    return add_literal(template, text, strlen(text), err);
}

int template_compile(const char *text, enum escape escape, const struct feeder *feeder,
                     struct template **ret_template, struct err *err)
{
    struct template *template = calloc(1, sizeof *template);
    if (!template)
        return err_set(err, ERR_MEMORY, "out of memory");
    template->room = 1;
    template->escape = escape;
    template->items = feeder ? feeder->items : NULL;
    template->key = template_keys(feeder && feeder->key_seed ? *feeder->key_seed : 0);
    template->roster = feeder && !roster_is_numbers(feeder->roster) ? feeder->roster : NULL;
    int rc = compile(template, text, escape, feeder, err);
    if (rc) {
        template_free(template);
        return rc;
    }
    *ret_template = template;
    return 0;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    for (size_t i = 0; i < template->count; i++) {
        for (size_t j = 0; j < template->parts[i].cells_count; j++)
            free(template->parts[i].cells[j].text);
        free(template->parts[i].cells);
    }
    free(template);
}

bool template_is_constant(const struct template *template)
{
    return template->count == 0 ||
           (template->count == 1 && template->parts[0].kind == PART_LITERAL);
}

static bool has_part(const struct template *template, enum part_kind kind)
{
    for (size_t i = 0; i < template->count; i++)
        if (template->parts[i].kind == kind)
            return true;
    return false;
}

bool template_uses_uuid(const struct template *template)
{
    return has_part(template, PART_UUID);
}

bool template_uses_user(const struct template *template)
{
    return has_part(template, PART_USER);
}

size_t template_room(const struct template *template)
{
    return template->room;
}

static char *put_digits(char *out, uint64_t value)
{
    char digits[DIGITS_MAX];
    int used = 0;
    do {
        digits[used++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (used)
        *out++ = digits[--used];
    return out;
}

static char *put_user(const struct template *template, char *out, int64_t user)
{
    char id[ROSTER_TEXT];
    if (template->roster)
        return escape_write(template->escape, id, roster_text(template->roster, user, id), out);
    uint64_t size = (uint64_t)user;
    if (user < 0) {
        *out++ = '-';
        size = 0 - size;
    }
    return put_digits(out, size);
}

static char *put_item(const struct template *template, char *out, int32_t item)
{
    char name[ROSTER_TEXT];
    if (item == ITEM_UNKNOWN)
        return out;
    items_name(template->items, item, name, sizeof name);
    return escape_write(template->escape, name, strlen(name), out);
}

static const struct order *line_of(const struct template_values *values, const struct part *part)
{
    return part->line ? &values->more[part->line - 1] : values->order;
}

static char *put_units(const struct template *template, char *out, int64_t units)
{
    char text[AMOUNT_TEXT];
    items_spell(template->items->decimals, units, text);
    return stpcpy(out, text);
}

static char *put_order(const struct template *template, char *out, const struct order_text *order)
{
    return order ? escape_write(template->escape, order->text, strlen(order->text), out) : out;
}

static char *put_key(const struct template *template, char *out, size_t row)
{
    template_key(&template->key, row, out);
    return out + UUID_LENGTH;
}

static char *put_captured(const struct template *template, const struct part *part,
                          const char *text, char *out)
{
    return part->leads ? escape_path(text, out)
                       : escape_write(template->escape, text, strlen(text), out);
}

size_t template_render(const struct template *template, const struct template_values *values,
                       char *ret_text)
{
    char *out = ret_text;
    for (size_t i = 0; i < template->count; i++) {
        const struct part *part = &template->parts[i];
        switch (part->kind) {
        case PART_USER:
            out = put_user(template, out, values->user);
            break;
        case PART_SEQ:
            out = put_digits(out, values->seq);
            break;
        case PART_ITEM:
            out = put_item(template, out,
                           values->order ? line_of(values, part)->asked : ITEM_UNKNOWN);
            break;
        case PART_TO:
            out = put_item(template, out, values->to);
            break;
        case PART_UNITS:
            out =
                values->order ? put_units(template, out, line_of(values, part)->asked_units) : out;
            break;
        case PART_ORDER:
            out = put_order(template, out, values->order_text);
            break;
        case PART_KEY:
            out = put_key(template, out, values->key);
            break;
        case PART_UUID:
            out = mempcpy(out, values->uuid, TEMPLATE_UUID_SIZE - 1);
            break;
        case PART_CAPTURED: {
            const char *text = values->captured ? values->captured[part->captured] : NULL;
            out = text ? put_captured(template, part, text, out) : out;
            break;
        }
        case PART_LITERAL:
        case PART_COLUMN: {
            const struct cell *cell = &part->cells[values->row % part->cells_count];
            out = mempcpy(out, cell->text, cell->length);
            break;
        }
        }
    }
    *out = '\0';
    return (size_t)(out - ret_text);
}
