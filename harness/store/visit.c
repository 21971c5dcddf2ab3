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
    visit->rc = -(int)ERR_ENVIRONMENT;
    return visit->rc;
}

int visit_user_fail(struct visit *visit, enum visit_slot slot, size_t place,
                    const struct roster *roster, const struct cell *user)
{
    if (!user->text)
        return visit_fail(visit, "row %zu of the %s query has no user: its first column is NULL",
                          place, visit_slot_names[slot]);
    return visit_fail(visit,
                      "row %zu of the %s query has no user: its first column is '%.*s', and not %s",
                      place, visit_slot_names[slot], (int)(user->size < 64 ? user->size : 64),
                      user->text, roster_wants(roster));
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
