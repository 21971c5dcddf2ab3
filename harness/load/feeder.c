#include "load/feeder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { FEEDER_BYTES_MAX = 256 * 1024 * 1024 };

struct reader {
    char *at;    /* next byte to read */
    char *write; /* where the cell's bytes go: never ahead of at, because quotes only shrink */
    size_t line;
    struct feeder *feeder;
    size_t room;
};

static int read_bytes(const char *path, char **ret_bytes, struct err *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "feeder %s", path);
    _cleanup_(buf_free) struct buf bytes;
    buf_init(&bytes, FEEDER_BYTES_MAX);
    char chunk[16384];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) > 0)
        if (buf_add(&bytes, chunk, (size_t)got))
            return err_set(err, ERR_MEMORY, "feeder %s: more than %d MB", path,
                           FEEDER_BYTES_MAX >> 20);
    if (got < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "feeder %s", path);
    *ret_bytes = buf_steal(&bytes);
    return *ret_bytes ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

static int add_cell(struct reader *reader, size_t count, char *cell, struct err *err)
{
    if (count == reader->room) {
        size_t room = reader->room ? reader->room * 2 : 64;
        char **cells = realloc(reader->feeder->cells, room * sizeof *cells);
        if (!cells)
            return err_set(err, ERR_MEMORY, "out of memory");
        reader->feeder->cells = cells;
        reader->room = room;
    }
    reader->feeder->cells[count] = cell;
    return 0;
}

/* Reads one cell and ends it with a NUL. Returns the byte that ended it: ',' '\n' or NUL. */
static char read_cell(struct reader *reader)
{
    const char *start = reader->write;
    bool quoted = *reader->at == '"';
    if (quoted)
        reader->at++;
    char end;
    for (;;) {
        char byte = *reader->at;
        if (byte)
            reader->at++;
        if (quoted && byte == '"') {
            if (*reader->at == '"')
                reader->at++; /* a doubled quote is one quote */
            else {
                quoted = false;
                continue;
            }
        } else if (!byte || (!quoted && (byte == ',' || byte == '\n'))) {
            end = byte;
            break;
        }
        *reader->write++ = byte;
        reader->line += byte == '\n';
    }
    if (end != ',' && reader->write > start && reader->write[-1] == '\r')
        reader->write--;
    *reader->write = '\0';
    return end;
}

static int read_rows(struct reader *reader, const char *path, struct err *err)
{
    struct feeder *feeder = reader->feeder;
    size_t count = 0, in_line = 0;
    while (*reader->at || in_line) {
        reader->write = reader->at;
        char *cell = reader->at;
        char end = read_cell(reader);
        bool blank = in_line == 0 && end != ',' && !*cell;
        if (!blank) {
            if (add_cell(reader, count++, cell, err))
                return -ERR_MEMORY;
            in_line++;
        }
        if (end == ',')
            continue;
        reader->line++;
        if (in_line && feeder->columns && in_line != feeder->columns)
            return err_set(err, ERR_USAGE, "feeder %s:%zu: %zu cells where the header has %zu",
                           path, reader->line - 1, in_line, feeder->columns);
        if (in_line && !feeder->columns)
            feeder->columns = in_line;
        else if (in_line)
            feeder->rows++;
        in_line = 0;
    }
    if (!feeder->rows)
        return err_set(err, ERR_USAGE, "feeder %s: a header line and at least one row are needed",
                       path);
    return 0;
}

int feeder_read(const char *path, struct feeder *ret_feeder, struct err *err)
{
    _cleanup_(feeder_free) struct feeder feeder = {0};
    int rc = read_bytes(path, &feeder.bytes, err);
    if (rc)
        return rc;
    struct reader reader = {.at = feeder.bytes, .line = 1, .feeder = &feeder};
    rc = read_rows(&reader, path, err);
    if (rc)
        return rc;
    *ret_feeder = feeder;
    feeder = (struct feeder){0};
    return 0;
}

void feeder_free(struct feeder *feeder)
{
    free(feeder->bytes);
    free(feeder->cells);
    *feeder = (struct feeder){0};
}

int feeder_column(const struct feeder *feeder, const char *name, size_t length)
{
    for (size_t i = 0; i < feeder->columns; i++)
        if (strlen(feeder->cells[i]) == length && !strncmp(feeder->cells[i], name, length))
            return (int)i;
    return -1;
}

const char *feeder_cell(const struct feeder *feeder, size_t row, size_t column)
{
    return feeder->cells[(row % feeder->rows + 1) * feeder->columns + column];
}
