#include "store/documents.h"

#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/json_pointer.h"

/* Between values; RFC 7464 has a mark before each. */
#define BLANKS " \t\r\n\x1e"
/* A row id as text: longer ones are no numbers. */
#define ID_MAX 32

/* ---- values ---- */

static struct json_value at(const struct json_value *value, const char *pointer)
{
    return json_pointer_find(value->bytes, value->length, pointer);
}

/* What a typed value stands for. */
static struct json_value plain(struct json_value value)
{
    static const char *const types[] = {"/$numberLong", "/$numberInt", "/$oid", "/$uuid"};
    for (size_t i = 0; value.type == JSON_TYPE_OBJECT && i < sizeof types / sizeof *types; i++) {
        struct json_value inner = at(&value, types[i]);
        if (inner.type != JSON_TYPE_NONE)
            return inner;
    }
    return value;
}

/* What pointer leads to; without one the member of that name, or of a list the one of that place.
 */
static struct json_value part(const struct json_value *value, const char *pointer, const char *name,
                              const char *place)
{
    if (value->type == JSON_TYPE_OBJECT || (value->type == JSON_TYPE_ARRAY && pointer))
        return plain(at(value, pointer ? pointer : name));
    if (value->type == JSON_TYPE_ARRAY)
        return plain(at(value, place));
    return *place == '0' ? *value : (struct json_value){0};
}

static bool is_null(const struct json_value *value)
{
    return value->type == JSON_TYPE_NONE || (value->type == JSON_TYPE_WORD && *value->bytes == 'n');
}

/* Its text, of a member by name or pointer; NULL: it has none. */
static const char *member(const struct json_value *value, const char *pointer, const char *name,
                          char *ret_text, size_t size)
{
    if (value->type != JSON_TYPE_OBJECT && !pointer)
        return NULL;
    struct json_value found = part(value, pointer, name, "1");
    return !is_null(&found) && json_value_text(&found, ret_text, size) ? ret_text : NULL;
}

int documents_add(struct visit *visit, enum visit_slot slot, const struct store *store,
                  const struct json_value *value)
{
    const struct row_names *names = &store->names[slot];
    bool stock = slot == VISIT_STOCK;
    char text[ROSTER_TEXT] = "", number[ID_MAX] = "";
    char item[ROSTER_TEXT], units[ID_MAX], order[ROSTER_TEXT];
    struct json_value user = part(value, names->user, stock ? "item" : "user_id", "0");
    struct json_value id = part(value, names->id, stock ? "quantity" : "id", "1");
    struct cell cell = {CELL_TEXT, NULL, 0};
    snprintf(visit->place.column, sizeof visit->place.column, "%s",
             names->user ? names->user
             : stock     ? "item"
                         : "user_id");
    if (user.type == JSON_TYPE_NUMBER || user.type == JSON_TYPE_TEXT) {
        bool whole = json_value_text(&user, text, sizeof text);
        cell.text = whole ? text : user.bytes;
        cell.size = whole ? strlen(text) : user.length;
    } else if (!is_null(&user)) {
        cell.text = user.bytes;
        cell.size = user.length;
    }
    bool has_id = !is_null(&id) && json_value_text(&id, number, sizeof number);
    const struct row_cells cells = {
        .user = cell,
        .id = has_id ? number : NULL,
        .item = member(value, names->item, "item", item, sizeof item),
        .units = member(value, names->units, "units", units, sizeof units),
        .order = member(value, names->order, "order", order, sizeof order),
    };
    return visit_add(visit, slot, &store->people, &cells);
}

/* ---- a list ---- */

struct list {
    struct visit *visit;
    enum visit_slot slot;
    const struct store *store;
    const char *what;
    size_t count;
};

static void add_element(void *context, const struct json_value *value)
{
    struct list *list = context;
    struct visit_place *place = &list->visit->place;
    list->count++;
    if (list->visit->rc)
        return;
    snprintf(place->where, sizeof place->where, "%s%selement %zu", list->what,
             *list->what ? ", " : "", list->count);
    /* Of a text the value is what stands between its quotes. */
    documents_add(list->visit, list->slot, list->store, value);
}

int documents_list(struct visit *visit, enum visit_slot slot, const struct store *store,
                   const struct json_value *list, const char *what)
{
    struct list context = {visit, slot, store, what, 0};
    if (!json_pointer_elements(list->bytes, list->length, add_element, &context) && !visit->rc)
        visit_fail(visit, "the answer is no JSON list, but: %.60s", list->bytes);
    return visit->rc;
}

/* ---- one behind the other ---- */

static size_t lines_in(const char *from, const char *to)
{
    size_t lines = 0;
    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

/* Each in a line of its own, or over several, as jq prints them. */
static int read_values(struct visit *visit, enum visit_slot slot, const struct store *store,
                       const char *text, const char *end)
{
    size_t line = 1;
    for (const char *next = text; !visit->rc; text = next) {
        const char *from = text;
        while (from < end && *from && strchr(BLANKS, *from))
            from++;
        if (from == end)
            break;
        size_t size = (size_t)(end - from), length = 0;
        line += lines_in(text, from);
        struct json_value value = json_pointer_first(from, size, &length);
        snprintf(visit->place.where, sizeof visit->place.where, "line %zu", line);
        if (value.type != JSON_TYPE_OBJECT && value.type != JSON_TYPE_ARRAY)
            return visit_fail(visit, "line %zu of the %s is no JSON: %.*s", line,
                              visit_slot_names[slot], (int)(size < 60 ? size : 60), from);
        next = from + length;
        line += lines_in(from, next);
        documents_add(visit, slot, store, &value);
    }
    return visit->rc;
}

/* ---- CSV ---- */

struct record {
    struct csv_cell cells[VISIT_COLUMNS_MAX];
    const char *texts[VISIT_COLUMNS_MAX];
    int count;
};

/* False: it cannot be read. Cells end in NUL. */
static bool read_record(struct csv_in *in, struct record *record)
{
    bool more = true;
    for (record->count = 0; more && record->count < VISIT_COLUMNS_MAX; record->count++) {
        more = csv_in_cell(in, &record->cells[record->count]);
        if (in->fault)
            return false;
        record->texts[record->count] = record->cells[record->count].text;
        record->cells[record->count].text[record->cells[record->count].length] = '\0';
    }
    in->fault = more ? "it has more than 64 columns" : NULL;
    return !more;
}

static int csv_blame(struct visit *visit, enum visit_slot slot, const struct csv_in *in)
{
    return visit_fail(visit, "line %zu of the %s: %s", in->began, visit_slot_names[slot],
                      in->fault);
}

static int read_header(struct visit *visit, enum visit_slot slot, const struct store *store,
                       struct csv_in *in, struct record *record, struct visit_columns *ret_columns)
{
    if (!read_record(in, record))
        return csv_blame(visit, slot, in);
    if (visit_columns(visit, slot, &store->names[slot], record->texts, record->count, ret_columns))
        return visit->rc;
    if (!ret_columns->named)
        return visit_fail(visit,
                          "the first line of the %s names no column %s: it begins with "
                          "'%.40s'; evidence.%s.%s says which one it is",
                          visit_slot_names[slot], slot == VISIT_STOCK ? "item" : "user_id",
                          record->texts[0], visit_slot_names[slot],
                          slot == VISIT_STOCK ? "item" : "user");
    if (slot != VISIT_STOCK && ret_columns->id == 1 && strcmp(record->texts[1], "id") != 0 &&
        !store->names[slot].id)
        ret_columns->id = -1; /* by name alone */
    snprintf(visit->place.column, sizeof visit->place.column, "%s",
             record->texts[ret_columns->user]);
    return 0;
}

/* An empty cell says nothing. */
static const char *text_at(const struct record *record, int column)
{
    return column >= 0 && record->cells[column].length ? record->texts[column] : NULL;
}

static int add_record(struct visit *visit, enum visit_slot slot, const struct store *store,
                      const struct record *record, const struct visit_columns *at)
{
    const struct csv_cell *user = &record->cells[at->user];
    const struct row_cells cells = {
        .user = {CELL_TEXT, user->length ? user->text : NULL, user->length},
        .id = at->id >= 0 ? record->texts[at->id] : NULL,
        .item = text_at(record, at->item),
        .units = text_at(record, at->units),
        .order = text_at(record, at->order),
    };
    return visit_add(visit, slot, &store->people, &cells);
}

static int read_csv(struct visit *visit, enum visit_slot slot, const struct store *store,
                    char *text, char *end)
{
    struct csv_in in = {.at = text, .end = end, .line = 1};
    struct record record;
    struct visit_columns columns;
    csv_in_separate(&in);
    if (read_header(visit, slot, store, &in, &record, &columns))
        return visit->rc;
    int width = record.count;
    while (in.at < in.end && !visit->rc) {
        if (!read_record(&in, &record))
            return csv_blame(visit, slot, &in);
        if (record.count == 1 && !record.cells[0].length)
            continue; /* an empty line */
        snprintf(visit->place.where, sizeof visit->place.where, "line %zu", in.began);
        if (record.count != width)
            return visit_fail(visit, "line %zu of the %s has %d cells, and the first line %d",
                              in.began, visit_slot_names[slot], record.count, width);
        add_record(visit, slot, store, &record, &columns);
    }
    return visit->rc;
}

int documents_read(struct visit *visit, enum visit_slot slot, const struct store *store, char *text,
                   size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    char *end = text + size;
    visit_begin(visit, slot);
    if (size >= 3 && !memcmp(text, mark, 3))
        text += 3;
    text += strspn(text, BLANKS);
    if (text >= end)
        return 0;
    if (*text == '[') {
        const struct json_value list = {JSON_TYPE_ARRAY, text, (size_t)(end - text)};
        if (json_pointer_find(text, list.length, "").type == JSON_TYPE_ARRAY)
            return documents_list(visit, slot, store, &list, "");
    }
    return *text == '{' || *text == '[' ? read_values(visit, slot, store, text, end)
                                        : read_csv(visit, slot, store, text, end);
}
