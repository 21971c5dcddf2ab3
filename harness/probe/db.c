#include "probe/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

void db_settings_free(struct db_settings *settings)
{
    free(settings->url);
    roster_free(settings->roster);
    for (int i = 0; i < DB_SLOTS; i++)
        free(settings->queries[i]);
    *settings = (struct db_settings){0};
}

struct db_job *db_job_new(void (*run)(void *state, struct job *job))
{
    struct db_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->job.run = run;
    job->job.drop = db_job_drop;
    for (int i = 0; i < DB_SLOTS; i++)
        job->counts[i] = COUNT_UNKNOWN;
    job->figures.backends = COUNT_UNKNOWN;
    job->failed = -1;
    return job;
}

void db_job_drop(struct job *base)
{
    struct db_job *job = (struct db_job *)base;
    for (int i = 0; i < DB_SLOTS; i++)
        rows_free(&job->rows[i]);
    free(job->ask);
    free(job->value);
    free(job);
}

int db_job_fail(struct db_job *job, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(job->error, sizeof job->error, format, args);
    va_end(args);
    job->error[strcspn(job->error, "\n")] =
        '\0'; /* the server's further lines point into its query */
    job->rc = -(int)ERR_ENVIRONMENT;
    return job->rc;
}

int db_user_fail(struct db_job *job, const char *slot, size_t place, const struct roster *roster,
                 const struct db_value *user)
{
    if (!user->text)
        return db_job_fail(job, "row %zu of the %s query has no user: its first column is NULL",
                           place, slot);
    return db_job_fail(
        job, "row %zu of the %s query has no user: its first column is '%.*s', and not %s", place,
        slot, (int)(user->size < 64 ? user->size : 64), user->text, roster_wants(roster));
}

void db_count_query(struct buf *text, enum dialect dialect, const char *query)
{
    buf_addf(text, "SELECT count(*) FROM (%.*s\n) AS q", (int)statement_length(dialect, query),
             query);
}

static int digit_of(char byte)
{
    return byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
}

/* \x0102 as Postgres writes it. False: too long for an id. */
static bool read_hex(const struct db_value *value, char *ret_bytes, size_t *ret_size)
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

static bool read_user(struct roster *roster, const struct db_value *value, int64_t *ret_user)
{
    char bytes[ROSTER_TEXT];
    size_t size = value->size;
    switch (value->form) {
    case DB_PADDED:
        while (size && value->text[size - 1] == ' ')
            size--;
        return roster_read(roster, value->text, size, ret_user);
    case DB_HEX:
        return size >= 2 && read_hex(value, bytes, &size) &&
               roster_read_bytes(roster, bytes, size, UUID_RFC, ret_user);
    case DB_BYTES:
        return roster_read_bytes(roster, value->text, size, UUID_RFC, ret_user);
    case DB_TEXT:
        break;
    }
    return roster_read(roster, value->text, size, ret_user);
}

bool db_row(struct roster *roster, const struct db_value *user, const char *id, size_t place,
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
