#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->used = 0;
    buf->failed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

static int reserve(struct buf *buf, size_t extra)
{
    if (extra > buf->max - buf->used) {
        buf->failed = true;
        return -(int)ERR_MEMORY;
    }
    size_t need = buf->used + extra + 1;
    if (need <= buf->room)
        return 0;
    size_t room = buf->room ? buf->room : 256;
    while (room < need)
        room *= 2;
    char *data = realloc(buf->data, room);
    if (!data) {
        buf->failed = true;
        return -(int)ERR_MEMORY;
    }
    buf->data = data;
    buf->room = room;
    return 0;
}

int buf_add(struct buf *buf, const void *bytes, size_t count)
{
    int rc = reserve(buf, count);
    if (rc)
        return rc;
    if (count)
        memcpy(buf->data + buf->used, bytes, count);
    buf->used += count;
    buf->data[buf->used] = '\0';
    return 0;
}

int buf_adds(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

int buf_vaddf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    int rc = length < 0 ? -(int)ERR_BUG : reserve(buf, (size_t)length);
    if (!rc) {
        vsnprintf(buf->data + buf->used, (size_t)length + 1, format, again);
        buf->used += (size_t)length;
    }
    va_end(again);
    return rc;
}

int buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = buf_vaddf(buf, format, args);
    va_end(args);
    return rc;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_steal(struct buf *buf)
{
    char *data = buf->data ? buf->data : strdup("");
    buf->data = NULL;
    buf->room = 0;
    buf_clear(buf);
    return data;
}
