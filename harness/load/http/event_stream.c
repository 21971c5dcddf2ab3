#include "load/http/event_stream.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "model/answers.h"

enum { DATA_MAX = ANSWERS_BODY_KB << 10, LINE_ROOM = DATA_MAX + 64, HOUR = 3600 };

void event_stream_init(struct event_stream *stream, ns_t retry)
{
    *stream = (struct event_stream){.retry = retry};
    buf_init(&stream->line, LINE_ROOM);
    buf_init(&stream->data, DATA_MAX);
    event_stream_restart(stream);
}

void event_stream_free(struct event_stream *stream)
{
    buf_free(&stream->line);
    buf_free(&stream->data);
}

static void begin_event(struct event_stream *stream)
{
    buf_clear(&stream->data);
    stream->name[0] = '\0';
    stream->any_data = false;
    stream->whole = true;
}

void event_stream_restart(struct event_stream *stream)
{
    buf_clear(&stream->line);
    memcpy(stream->next_id, stream->id, sizeof stream->next_id);
    stream->begun = stream->after_cr = false;
    stream->line_whole = true;
    begin_event(stream);
}

/* ---- fields ---- */

static void copy_text(const char *value, size_t length, char *ret_text, size_t size)
{
    if (length < size)
        snprintf(ret_text, size, "%.*s", (int)length, value);
}

static void take_data(struct event_stream *stream, const char *value, size_t length)
{
    bool fits = !stream->any_data || !buf_add(&stream->data, "\n", 1);
    fits = fits && !buf_add(&stream->data, value, length);
    stream->any_data = true;
    stream->whole = stream->whole && fits && stream->line_whole;
}

/* Milliseconds, in digits alone. */
static void take_retry(struct event_stream *stream, const char *value, size_t length)
{
    int64_t ms = 0;
    if (!length)
        return;
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
        ms = ms * 10 + (value[i] - '0');
        if (ms > HOUR * INT64_C(1000))
            ms = HOUR * INT64_C(1000);
    }
    stream->retry = ms * NS_PER_MS;
}

static bool is_field(const char *name, const char *line, size_t length)
{
    return strlen(name) == length && !memcmp(name, line, length);
}

static void take_field(struct event_stream *stream, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length), *end = line + length;
    const char *value = colon ? colon + 1 : end;
    size_t name = colon ? (size_t)(colon - line) : length;
    value += value < end && *value == ' ';
    size_t left = (size_t)(end - value);
    if (is_field("data", line, name))
        take_data(stream, value, left);
    else if (is_field("event", line, name))
        copy_text(value, left, stream->name, sizeof stream->name);
    else if (is_field("id", line, name) && !memchr(value, '\0', left))
        copy_text(value, left, stream->next_id, sizeof stream->next_id);
    else if (is_field("retry", line, name))
        take_retry(stream, value, left);
}

/* ---- lines ---- */

static void end_line(struct event_stream *stream,
                     void (*told)(void *context, const struct event *event), void *context)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *line = buf_text(&stream->line);
    size_t length = stream->line.used;
    if (!stream->begun && length >= 3 && !memcmp(line, mark, 3)) {
        line += 3;
        length -= 3;
    }
    stream->begun = true;
    if (length && *line != ':')
        take_field(stream, line, length);
    if (!length) {
        memcpy(stream->id, stream->next_id, sizeof stream->id);
        if (stream->any_data)
            told(context,
                 &(struct event){*stream->name ? stream->name : "message", buf_text(&stream->data),
                                 stream->data.used, stream->whole});
        begin_event(stream);
    }
    buf_clear(&stream->line);
    stream->line_whole = true;
}

void event_stream_take(struct event_stream *stream, const char *bytes, size_t length,
                       void (*told)(void *context, const struct event *event), void *context)
{
    const char *end = bytes + length;
    while (bytes < end) {
        if (stream->after_cr && *bytes == '\n')
            bytes++;
        stream->after_cr = false;
        const char *at = bytes;
        while (at < end && *at != '\r' && *at != '\n')
            at++;
        size_t part = (size_t)(at - bytes), room = LINE_ROOM - stream->line.used;
        stream->line_whole = stream->line_whole && part <= room;
        if (part && buf_add(&stream->line, bytes, part < room ? part : room))
            stream->line_whole = false;
        if (at == end)
            return;
        stream->after_cr = *at == '\r';
        end_line(stream, told, context);
        bytes = at + 1;
    }
}
