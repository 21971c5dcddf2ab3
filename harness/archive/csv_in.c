#include "archive/csv_in.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "archive/csv_out.h"
#include "archive/regular.h"
#include "base/cleanup.h"

int csv_in_error(const struct csv_in *in, struct err *err, const char *format, ...)
{
    char text[ERR_MESSAGE_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_set(err, ERR_USAGE, "%s:%zu: %s", in->path, in->line, text);
}

static int map(struct csv_in *in, struct err *err)
{
    _cleanup_fclose_ FILE *file = regular_open(in->path, err);
    struct stat status;
    if (!file)
        return -(int)ERR_USAGE;
    if (fstat(fileno(file), &status))
        return err_errno(err, ERR_USAGE, errno, "cannot read %s", in->path);
    in->size = (size_t)status.st_size;
    if (in->size == 0)
        return err_set(err, ERR_USAGE, "%s:1: the file is empty; its first line names the columns",
                       in->path);
    void *data =
        mmap(NULL, in->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fileno(file), 0);
    if (data == MAP_FAILED)
        return err_errno(err, ERR_ENVIRONMENT, errno, "cannot map %s", in->path);
    in->data = in->at = data;
    return 0;
}

/* A quoted field, its doubled quotes made single in place. *at is moved past the closing quote. */
static int unquote(const struct csv_in *in, char **at, const char *end, struct csv_field *field,
                   struct err *err)
{
    char *from = *at + 1, *to = from;
    field->text = to;
    while (from < end && !(*from == '"' && (from + 1 == end || from[1] != '"'))) {
        if (*from == '"')
            from++;
        *to++ = *from++;
    }
    if (from == end)
        return csv_in_error(in, err, "a quoted field does not end on its line");
    field->length = (size_t)(to - field->text);
    *at = from + 1;
    return 0;
}

/* Splits the next line into at most CSV_IN_COLUMNS fields. */
static int split(struct csv_in *in, struct csv_field *fields, size_t *ret_count, struct err *err)
{
    const char *limit = in->data + in->size;
    char *at = in->at;
    char *end = memchr(at, '\n', (size_t)(limit - at));
    in->line++;
    in->at = end ? end + 1 : in->data + in->size;
    if (!end)
        end = in->data + in->size;
    if (end > at && end[-1] == '\r')
        end--;
    size_t count = 0;
    for (;;) {
        struct csv_field field;
        if (count == CSV_IN_COLUMNS)
            return csv_in_error(in, err, "more than %d columns", CSV_IN_COLUMNS);
        if (at < end && *at == '"') {
            int rc = unquote(in, &at, end, &field, err);
            if (rc)
                return rc;
        } else {
            char *comma = memchr(at, ',', (size_t)(end - at));
            field.text = at;
            at = comma ? comma : end;
            field.length = (size_t)(at - field.text);
        }
        fields[count++] = field;
        if (at == end)
            break;
        if (*at != ',')
            return csv_in_error(in, err, "text after a closing quote");
        at++;
    }
    *ret_count = count;
    return 0;
}

static int find(const struct csv_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].length == strlen(name) && !memcmp(fields[i].text, name, fields[i].length))
            return (int)i;
    return -1;
}

static int read_header(struct csv_in *in, struct err *err)
{
    if (in->size >= 3 && !memcmp(in->data, "\xef\xbb\xbf", 3))
        in->at += 3;
    struct csv_field fields[CSV_IN_COLUMNS];
    int rc = split(in, fields, &in->columns, err);
    for (size_t i = 0; !rc && i < in->asked; i++) {
        in->places[i] = find(fields, in->columns, in->names[i].name);
        if (in->places[i] < 0 && in->names[i].required)
            rc = csv_in_error(in, err, "the first line names no column '%s'", in->names[i].name);
    }
    return rc;
}

int csv_in_open(struct csv_in *in, const char *path, const struct csv_column *columns, size_t count,
                struct err *err)
{
    *in = (struct csv_in){.path = path, .names = columns, .asked = count};
    int rc = map(in, err);
    if (!rc)
        rc = read_header(in, err);
    if (rc)
        csv_in_close(in);
    return rc;
}

void csv_in_close(struct csv_in *in)
{
    if (in->data)
        munmap(in->data, in->size);
    in->data = in->at = NULL;
    in->size = 0;
}

size_t csv_in_lines(const struct csv_in *in)
{
    size_t lines = 1;
    const char *at = in->at, *limit = in->data + in->size;
    while (at < limit && (at = memchr(at, '\n', (size_t)(limit - at)))) {
        lines++;
        at++;
    }
    return lines;
}

/* The apostrophe that csv_out puts before a text like a formula. */
static struct csv_field plain(struct csv_field field)
{
    bool kept = field.length && field.text[0] == '\'' && csv_is_formula(field.text, field.length);
    return (struct csv_field){field.text + kept, field.length - kept};
}

int csv_in_next(struct csv_in *in, struct csv_field *ret_fields, bool *ret_more, struct err *err)
{
    struct csv_field fields[CSV_IN_COLUMNS];
    size_t count = 0;
    do {
        if (in->at == in->data + in->size) {
            *ret_more = false;
            return 0;
        }
        int rc = split(in, fields, &count, err);
        if (rc)
            return rc;
    } while (count == 1 && fields[0].length == 0);
    if (count != in->columns)
        return csv_in_error(in, err, "%zu fields, but the first line names %zu columns", count,
                            in->columns);
    for (size_t i = 0; i < in->asked; i++)
        ret_fields[i] = in->places[i] < 0 ? (struct csv_field){0} : plain(fields[in->places[i]]);
    *ret_more = true;
    return 0;
}

static bool parse(const struct csv_field *field, int64_t *ret_value)
{
    const char *at = field->text, *end = at + field->length;
    bool negative = at < end && *at == '-';
    at += negative;
    if (at == end || end - at > 19)
        return false;
    uint64_t value = 0; /* 19 digits fit */
    for (; at < end; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

int csv_in_int(const struct csv_in *in, const struct csv_field *fields, size_t column, int64_t low,
               int64_t high, int64_t *ret_value, struct err *err)
{
    int64_t value;
    const struct csv_field *field = &fields[column];
    if (!parse(field, &value) || value < low || value > high)
        return csv_in_error(in, err,
                            "%s: '%.*s' is not a whole number from %" PRId64 " to %" PRId64,
                            in->names[column].name, (int)(field->length < 60 ? field->length : 60),
                            field->length ? field->text : "", low, high);
    *ret_value = value;
    return 0;
}

int csv_in_user(const struct csv_in *in, const struct csv_field *fields, size_t column,
                struct roster *roster, int64_t *ret_user, struct err *err)
{
    const struct csv_field *field = &fields[column];
    if (field->length && roster_read(roster, field->text, field->length, ret_user))
        return 0;
    return csv_in_error(in, err, "%s: '%.*s' is not %s%s", in->names[column].name,
                        (int)(field->length < 60 ? field->length : 60),
                        field->length ? field->text : "", roster_wants(roster),
                        roster_is_numbers(roster) ? " of 64 bits" : "");
}
