#include "base/mask_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mask_inside.h"

#define PIECE ((size_t)1 << 20)

struct mask_stream {
    FILE *under;
    struct buf held; /* bytes that may be the beginning of a value */
    struct buf out;
    int errnum;
};

/* What is decided goes on; all of it at the end. */
static int pass_on(struct mask_stream *stream, bool final)
{
    size_t used = 0;
    buf_clear(&stream->out);
    if (mask_bytes(buf_text(&stream->held), stream->held.used, final, &stream->out, &used))
        return ENOMEM;
    if (stream->out.used &&
        fwrite(stream->out.data, 1, stream->out.used, stream->under) != stream->out.used)
        return errno ? errno : EIO;
    if (used) {
        memmove(stream->held.data, stream->held.data + used, stream->held.used - used);
        stream->held.used -= used;
    }
    return 0;
}

static ssize_t write_bytes(void *cookie, const char *bytes, size_t count)
{
    struct mask_stream *stream = cookie;
    errno = 0;
    /* stdio hands on in one piece what is larger than its buffer. */
    for (size_t at = 0, piece; at < count && !stream->errnum; at += piece) {
        piece = count - at < PIECE ? count - at : PIECE;
        if (buf_add(&stream->held, bytes + at, piece))
            stream->errnum = ENOMEM;
        if (!stream->errnum && stream->held.used > (size_t)4 * MASK_HOLD)
            stream->errnum = pass_on(stream, false);
    }
    errno = stream->errnum;
    return stream->errnum ? 0 : (ssize_t)count; /* 0 is an error here */
}

static int close_stream(void *cookie)
{
    struct mask_stream *stream = cookie;
    errno = 0;
    if (!stream->errnum)
        stream->errnum = pass_on(stream, true);
    int errnum = stream->errnum;
    buf_free(&stream->held);
    buf_free(&stream->out);
    free(stream);
    errno = errnum;
    return errnum ? -1 : 0;
}

FILE *mask_stream_open(FILE *under)
{
    static const cookie_io_functions_t calls = {.write = write_bytes, .close = close_stream};
    struct mask_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->under = under;
    buf_init(&stream->held, (size_t)1 << 24);
    buf_init(&stream->out, (size_t)1 << 26);
    FILE *file = fopencookie(stream, "w", calls);
    if (!file) {
        free(stream);
        return NULL;
    }
    setvbuf(file, NULL, _IOFBF, 1 << 16);
    return file;
}

void mask_stream_print(FILE *out, const char *text)
{
    struct buf masked;
    size_t used = 0;
    buf_init(&masked, SIZE_MAX / 4);
    if (mask_bytes(text, strlen(text), true, &masked, &used))
        errno = ENOMEM;
    else
        fwrite(buf_text(&masked), 1, masked.used, out);
    buf_free(&masked);
}
