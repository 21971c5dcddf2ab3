#include "store/visit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "model/items.h"

const char *const visit_slot_names[] = {
    [VISIT_COUPONS] = "coupons", [VISIT_PARKED] = "parked", [VISIT_STOCK] = "stock"};

void visit_init(struct visit *visit)
{
    *visit = (struct visit){.failed = -1, .figures.backends = COUNT_UNKNOWN};
    for (int i = 0; i < VISIT_SLOTS; i++)
        visit->counts[i] = COUNT_UNKNOWN;
}

void visit_free(struct visit *visit)
{
    for (int i = 0; i < VISIT_SLOTS; i++)
        rows_free(&visit->rows[i]);
    free(visit->ask);
    free(visit->value);
}

int visit_fail(struct visit *visit, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(visit->error, sizeof visit->error, format, args);
    va_end(args);
    visit->error[strcspn(visit->error, "\n")] =
        '\0'; /* the server's further lines point into its query */
    /* Of rows that came one by one there are as many as the reading went, which is nothing that the
     * store has said: a list that leads to itself has no end. */
    for (int slot = 0; slot < VISIT_SLOTS; slot++) {
        visit->rows[slot].known = false;
        if (visit->arriving[slot])
            visit->counts[slot] = COUNT_UNKNOWN;
    }
    visit->rc = -(int)ERR_ENVIRONMENT;
    return visit->rc;
}

void visit_count_query(struct buf *text, enum dialect dialect, const char *query)
{
    buf_addf(text, "SELECT count(*) FROM (%.*s\n) AS q", (int)statement_length(dialect, query),
             query);
}

static int digit_of(char byte)
{
    return byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
}

/* \x0102 as Postgres writes it. False: too long for an id. */
static bool read_hex(const struct cell *value, char *ret_bytes, size_t *ret_size)
{
    size_t size = value->size / 2 - 1;
    if (size > ROSTER_TEXT_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        ret_bytes[i] =
            (char)(digit_of(value->text[2 + 2 * i]) << 4 | digit_of(value->text[3 + 2 * i]));
    *ret_size = size;
    return true;
}

static bool read_user(struct roster *roster, const struct cell *value, int64_t *ret_user)
{
    char bytes[ROSTER_TEXT];
    size_t size = value->size;
    switch (value->form) {
    case CELL_PADDED:
        while (size && value->text[size - 1] == ' ')
            size--;
        return roster_read(roster, value->text, size, ret_user);
    case CELL_HEX:
        return size >= 2 && read_hex(value, bytes, &size) &&
               roster_read_bytes(roster, bytes, size, UUID_RFC, ret_user);
    case CELL_BYTES:
        return roster_read_bytes(roster, value->text, size, UUID_RFC, ret_user);
    case CELL_TEXT:
        break;
    }
    return roster_read(roster, value->text, size, ret_user);
}

/* ---- rows ---- */

static struct roster *roster_of_slot(const struct row_people *people, enum visit_slot slot)
{
    return slot == VISIT_STOCK && people->items ? people->items->names : people->roster;
}

/* "row 3 of the coupons query (line 7)" */
static const char *place_of(const struct visit *visit, enum visit_slot slot, size_t place,
                            char *ret_text, size_t size)
{
    const char *where = visit->place.where;
    snprintf(ret_text, size, "row %zu of the %s query%s%s%s", place + 1, visit_slot_names[slot],
             *where ? " (" : "", where, *where ? ")" : "");
    return ret_text;
}

static int fail_user(struct visit *visit, enum visit_slot slot, size_t place,
                     const struct roster *roster, const struct cell *user)
{
    const char *column = *visit->place.column ? visit->place.column : "first column";
    const char *who = slot == VISIT_STOCK ? "item" : "user";
    char row[96];
    place_of(visit, slot, place, row, sizeof row);
    if (!user->text)
        return visit_fail(visit, "%s has no %s: its %s is NULL", row, who, column);
    return visit_fail(visit, "%s has no %s: its %s is '%.*s', and not %s", row, who, column,
                      (int)(user->size < 64 ? user->size : 64), user->text, roster_wants(roster));
}

static int fail_number(struct visit *visit, enum visit_slot slot, size_t place, const char *what,
                       const char *text, int decimals)
{
    char row[96];
    place_of(visit, slot, place, row, sizeof row);
    if (decimals)
        return visit_fail(visit, "%s: its %s is '%.40s', and no number of at most %d decimals", row,
                          what, text ? text : "NULL", decimals);
    return visit_fail(visit, "%s: its %s is '%.40s', and not a whole number", row, what,
                      text ? text : "NULL");
}

static int put_line(struct visit *visit, enum visit_slot slot, const struct row_people *people,
                    const struct row_cells *cells, size_t place)
{
    struct row_line line = {.item = ITEM_UNKNOWN, .units = 1};
    const char *item = cells->item;
    if (item && !items_read(people->items, item, strlen(item), &line.item)) {
        char row[96];
        return visit_fail(visit, "%s: its item is '%.60s', which is no name",
                          place_of(visit, slot, place, row, sizeof row), item);
    }
    if (cells->units &&
        !items_amount(people->items->decimals, cells->units, strlen(cells->units), &line.units))
        return fail_number(visit, slot, place, "units", cells->units, people->items->decimals);
    line.order = cells->order ? order_id(cells->order, strlen(cells->order)) : ORDER_NONE;
    visit->rows[slot].lines[place] = line;
    return 0;
}

int visit_put(struct visit *visit, enum visit_slot slot, const struct row_people *people,
              const struct row_cells *cells, size_t place)
{
    struct row *row = &visit->rows[slot].v[place];
    struct roster *roster = roster_of_slot(people, slot);
    const char *id = cells->id;
    int decimals = people->items ? people->items->decimals : 0;
    *row = (struct row){.id = (int64_t)place + 1};
    if (!cells->user.text || !read_user(roster, &cells->user, &row->user))
        return fail_user(visit, slot, place, roster, &cells->user);
    if (slot == VISIT_STOCK)
        return id && items_amount(decimals, id, strlen(id), &row->id)
                   ? 0
                   : fail_number(visit, slot, place, "quantity", id, decimals);
    /* A row id that is not a number, such as a UUID, names the row by its place instead. */
    if (id)
        (void)!units_parse_int(id, INT64_MIN, INT64_MAX, &row->id, NULL);
    return visit->rows[slot].lines ? put_line(visit, slot, people, cells, place) : 0;
}

/* Does the slot keep of which items its rows are? */
static bool has_lines(const struct row_people *people, enum visit_slot slot)
{
    return people->items && slot != VISIT_STOCK;
}

int visit_expect(struct visit *visit, enum visit_slot slot, const struct row_people *people,
                 size_t count)
{
    struct rows *rows = &visit->rows[slot];
    bool lines = has_lines(people, slot);
    visit->counts[slot] = (int64_t)count;
    rows->v = calloc(count + 1, sizeof *rows->v);
    rows->lines = lines ? calloc(count + 1, sizeof *rows->lines) : NULL;
    return rows->v && (!lines || rows->lines) ? 0
                                              : visit_fail(visit, "no room for %zu rows", count);
}

void visit_complete(struct visit *visit, enum visit_slot slot, size_t count, bool has_id)
{
    visit->rows[slot].count = count;
    visit->rows[slot].known = true;
    visit->has_id[slot] = has_id;
}

void visit_begin(struct visit *visit, enum visit_slot slot)
{
    visit->counts[slot] = 0;
    visit->arriving[slot] = true;
    visit->rows[slot].count = 0;
    visit->rows[slot].known = visit->read[slot];
    visit->has_id[slot] = false;
    visit->place = (struct visit_place){0};
}

/* False: no memory. */
static bool make_room(struct visit *visit, enum visit_slot slot, bool lines)
{
    struct rows *rows = &visit->rows[slot];
    if (rows->count < visit->room[slot])
        return true;
    size_t room = visit->room[slot] ? visit->room[slot] * 2 : 256;
    struct row *v = realloc(rows->v, room * sizeof *v);
    rows->v = v ? v : rows->v;
    struct row_line *l = v && lines ? realloc(rows->lines, room * sizeof *l) : NULL;
    rows->lines = l ? l : rows->lines;
    if (!v || (lines && !l))
        return false;
    visit->room[slot] = room;
    return true;
}

int visit_add(struct visit *visit, enum visit_slot slot, const struct row_people *people,
              const struct row_cells *cells)
{
    struct rows *rows = &visit->rows[slot];
    visit->counts[slot]++;
    if (!visit->read[slot])
        return 0;
    if (!make_room(visit, slot, has_lines(people, slot)))
        return visit_fail(visit, "no room for %zu rows", rows->count);
    int rc = visit_put(visit, slot, people, cells, rows->count);
    rows->count += !rc;
    visit->has_id[slot] |= cells->id != NULL;
    return rc;
}

static int find_column(const char *const *columns, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(columns[i], name))
            return i;
    return -1;
}

static int no_column(struct visit *visit, enum visit_slot slot, const char *name,
                     const char *const *columns, int count)
{
    char all[128] = "";
    size_t used = 0;
    for (int i = 0; i < count && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", columns[i]);
    return visit_fail(visit, "the %s query has no column %.40s; it has: %s", visit_slot_names[slot],
                      name, all);
}

/* The one that the scenario names, or the one that is called so; -1: there is none. */
static int find_named(struct visit *visit, enum visit_slot slot, const char *given,
                      const char *usual, const char *const *columns, int count)
{
    int found = find_column(columns, count, given ? given : usual);
    if (found < 0 && given)
        no_column(visit, slot, given, columns, count);
    return found;
}

/* What stands behind the users without a name of its own is the row's id. */
static int find_id(const struct visit_columns *found, int id, int count)
{
    bool other = found->item == 1 || found->units == 1 || found->order == 1;
    if (id >= 0 && id != found->user)
        return id;
    return found->user == 0 && count > 1 && !other ? 1 : -1;
}

int visit_columns(struct visit *visit, enum visit_slot slot, const struct row_names *names,
                  const char *const *columns, int count, struct visit_columns *ret_columns)
{
    bool stock = slot == VISIT_STOCK;
    visit->rc = 0;
    int user = find_named(visit, slot, names->user, stock ? "item" : "user_id", columns, count);
    int id = find_named(visit, slot, names->id, stock ? "quantity" : "id", columns, count);
    struct visit_columns found = {
        .user = user < 0 ? 0 : user, .named = user >= 0, .item = -1, .units = -1, .order = -1};
    if (!stock) {
        found.item = find_named(visit, slot, names->item, "item", columns, count);
        found.units = find_named(visit, slot, names->units, "units", columns, count);
        found.order = find_named(visit, slot, names->order, "order", columns, count);
    }
    if (visit->rc)
        return visit->rc;
    found.id = find_id(&found, id, count);
    if (found.user > 0)
        snprintf(visit->place.column, sizeof visit->place.column, "column %s", columns[found.user]);
    *ret_columns = found;
    return 0;
}
