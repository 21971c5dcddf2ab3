#include "store/visit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

const char *const visit_slot_names[] = {[VISIT_COUPONS] = "coupons", [VISIT_PARKED] = "parked"};

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
    for (int slot = 0; slot < VISIT_SLOTS; slot++)
        visit->rows[slot].known = false;
    visit->rc = -(int)ERR_ENVIRONMENT;
    return visit->rc;
}

int visit_user_fail(struct visit *visit, enum visit_slot slot, size_t place,
                    const struct roster *roster, const struct cell *user)
{
    const char *where = visit->place.where, *column = visit->place.column;
    char row[96];
    snprintf(row, sizeof row, "row %zu of the %s query%s%s%s", place, visit_slot_names[slot],
             *where ? " (" : "", where, *where ? ")" : "");
    column = *column ? column : "first column";
    if (!user->text)
        return visit_fail(visit, "%s has no user: its %s is NULL", row, column);
    return visit_fail(visit, "%s has no user: its %s is '%.*s', and not %s", row, column,
                      (int)(user->size < 64 ? user->size : 64), user->text, roster_wants(roster));
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

bool visit_row(struct roster *roster, const struct cell *user, const char *id, size_t place,
               struct row *ret_row)
{
    struct row row = {.id = (int64_t)place};
    if (!user->text || !read_user(roster, user, &row.user))
        return false;
    /* A row id that is not a number, such as a UUID, names the row by its place instead. */
    if (id)
        (void)!units_parse_int(id, INT64_MIN, INT64_MAX, &row.id, NULL);
    *ret_row = row;
    return true;
}

int visit_expect(struct visit *visit, enum visit_slot slot, size_t count)
{
    struct rows *rows = &visit->rows[slot];
    visit->counts[slot] = (int64_t)count;
    rows->v = calloc(count + 1, sizeof *rows->v);
    return rows->v ? 0 : visit_fail(visit, "no room for %zu rows", count);
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
    visit->rows[slot].count = 0;
    visit->rows[slot].known = visit->read[slot];
    visit->has_id[slot] = false;
    visit->place = (struct visit_place){0};
}

/* Room for one more; NULL: no memory. */
static struct row *next_row(struct visit *visit, enum visit_slot slot)
{
    struct rows *rows = &visit->rows[slot];
    if (rows->count == visit->room[slot]) {
        size_t room = visit->room[slot] ? visit->room[slot] * 2 : 256;
        struct row *v = realloc(rows->v, room * sizeof *v);
        if (!v)
            return NULL;
        rows->v = v;
        visit->room[slot] = room;
    }
    return &rows->v[rows->count++];
}

int visit_add(struct visit *visit, enum visit_slot slot, struct roster *roster,
              const struct cell *user, const char *id)
{
    size_t place = (size_t)++visit->counts[slot];
    struct row row;
    if (!visit->read[slot])
        return 0;
    if (!visit_row(roster, user, id, place, &row))
        return visit_user_fail(visit, slot, place, roster, user);
    struct row *to = next_row(visit, slot);
    if (!to)
        return visit_fail(visit, "no room for %zu rows", place);
    *to = row;
    visit->has_id[slot] |= id != NULL;
    return 0;
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

int visit_columns(struct visit *visit, enum visit_slot slot, const struct row_names *names,
                  const char *const *columns, int count, struct visit_columns *ret_columns)
{
    int user = find_column(columns, count, names->user ? names->user : "user_id");
    int id = find_column(columns, count, names->id ? names->id : "id");
    if (user < 0 && names->user)
        return no_column(visit, slot, names->user, columns, count);
    if (id < 0 && names->id)
        return no_column(visit, slot, names->id, columns, count);
    struct visit_columns found = {.user = user < 0 ? 0 : user, .named = user >= 0};
    found.id = id >= 0 && id != found.user ? id : found.user == 0 && count > 1 ? 1 : -1;
    if (found.user > 0)
        snprintf(visit->place.column, sizeof visit->place.column, "column %s", columns[found.user]);
    *ret_columns = found;
    return 0;
}
