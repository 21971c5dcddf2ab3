/* links: load */
/* Server-sent events out of bytes, in whatever pieces they come. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "load/http/event_stream.h"

struct heard {
    char text[4096];
    size_t used;
    bool whole;
};

static void note(void *context, const struct event *event)
{
    struct heard *heard = context;
    heard->whole = event->whole;
    heard->used += (size_t)snprintf(heard->text + heard->used, sizeof heard->text - heard->used,
                                    "%s(%.*s)", event->name, (int)event->length, event->data);
}

static void feed(struct event_stream *stream, const char *bytes, size_t piece, struct heard *heard)
{
    for (size_t left = strlen(bytes); left;) {
        size_t now = left < piece ? left : piece;
        event_stream_take(stream, bytes, now, note, heard);
        bytes += now;
        left -= now;
    }
}

static const struct {
    const char *bytes, *told, *id;
    int retry_ms;
} stories[] = {
    {"data: a\n\n", "message(a)", "", 3000},
    {"data:a\ndata: b\ndata\ndata:  c\n\n", "message(a\nb\n\n c)", "", 3000},
    {"event: won\r\ndata: {\"a\": 1}\r\nid: 7\r\n\r\n", "won({\"a\": 1})", "7", 3000},
    {"event: won\rdata: x\rid: 7\r\r", "won(x)", "7", 3000},
    {"data: a\r\n\ndata: b\n\r", "message(a)message(b)", "", 3000},
    {": a comment\n\n:\ndata: a\n\n", "message(a)", "", 3000},
    {"event: nothing\n\ndata: a\n\n", "message(a)", "", 3000},
    {"data\n\ndata\ndata\n\n", "message()message(\n)", "", 3000},
    {"id: 1\ndata: a\n\nid\ndata: b\n\n", "message(a)message(b)", "", 3000},
    {"id: 1\n\n", "", "1", 3000},
    {"id: 1\ndata: a\n\ndata: half\nid: 2\n", "message(a)", "1", 3000},
    {"retry: 250\nretry: soon\nretry: -1\nretry:\n", "", "", 250},
    {"retry: 99999999999999999999\n", "", "", 3600 * 1000},
    {"\xef\xbb\xbf"
     "data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
     "message(a)", "", 3000},
    {"DATA: a\nunknown: b\n data: c\n\n", "", "", 3000},
};

Test(event_stream, pieces_make_no_difference)
{
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        for (size_t piece = 1; piece < 12; piece++) {
            struct event_stream stream;
            struct heard heard = {0};
            event_stream_init(&stream, 3 * NS_PER_S);
            feed(&stream, stories[i].bytes, piece, &heard);
            cr_expect_str_eq(heard.text, stories[i].told, "story %zu by %zu: %s", i, piece,
                             heard.text);
            cr_expect_str_eq(stream.id, stories[i].id, "story %zu by %zu", i, piece);
            cr_expect_eq(stream.retry, stories[i].retry_ms * NS_PER_MS, "story %zu", i);
            event_stream_free(&stream);
        }
}

Test(event_stream, another_connection_begins_anew_and_keeps_the_id)
{
    struct event_stream stream;
    struct heard heard = {0};
    event_stream_init(&stream, 0);
    feed(&stream, "id: 4\ndata: a\n\nid: 5\nevent: half\ndata: b", 100, &heard);
    event_stream_restart(&stream);
    feed(&stream,
         "\xef\xbb\xbf"
         "data: c\n\n",
         100, &heard);
    cr_expect_str_eq(heard.text, "message(a)message(c)");
    cr_expect_str_eq(stream.id, "4");
    event_stream_free(&stream);
}

Test(event_stream, what_is_too_long_is_not_whole)
{
    static char bytes[200 * 1024];
    struct event_stream stream;
    struct heard heard = {0};
    event_stream_init(&stream, 0);
    memset(bytes, 'x', sizeof bytes - 1);
    memcpy(bytes, "data: ", 6);
    event_stream_take(&stream, bytes, sizeof bytes - 1, note, &heard);
    feed(&stream, "\n\n", 1, &heard);
    cr_expect(heard.used > 0 && !heard.whole);
    heard = (struct heard){0};
    feed(&stream, "id: 1\ndata: a\n\n", 3, &heard);
    cr_expect_str_eq(heard.text, "message(a)");
    cr_expect(heard.whole);
    event_stream_free(&stream);
}

Test(event_stream, an_id_with_a_nul_is_none)
{
    static const char bytes[] = "id: 1\ndata: a\n\nid: 2\0"
                                "3\ndata: b\n\n";
    struct event_stream stream;
    struct heard heard = {0};
    event_stream_init(&stream, 0);
    event_stream_take(&stream, bytes, sizeof bytes - 1, note, &heard);
    cr_expect_str_eq(stream.id, "1");
    event_stream_free(&stream);
}
