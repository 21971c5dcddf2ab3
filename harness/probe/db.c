#include "probe/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

void db_settings_free(struct db_settings *settings)
{
    free(settings->url);
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

int db_user_fail(struct db_job *job, const char *slot, size_t place, const char *user)
{
    if (!user)
        return db_job_fail(job, "row %zu of the %s query has no user: its first column is NULL",
                           place, slot);
    return db_job_fail(job,
                       "row %zu of the %s query has no user: its first column is '%.64s', and not "
                       "a whole number",
                       place, slot, user);
}

void db_count_query(struct buf *text, enum dialect dialect, const char *query)
{
    buf_addf(text, "SELECT count(*) FROM (%.*s\n) AS q", (int)statement_length(dialect, query),
             query);
}

bool db_row(const char *user, const char *id, size_t place, struct row *ret_row)
{
    struct row row = {.id = (int64_t)place};
    if (!user || units_parse_int(user, INT64_MIN, INT64_MAX, &row.user, NULL))
        return false;
    /* A row id that is not a number, such as a UUID, names the row by its place instead. */
    if (id)
        (void)!units_parse_int(id, INT64_MIN, INT64_MAX, &row.id, NULL);
    *ret_row = row;
    return true;
}
