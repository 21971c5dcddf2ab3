/* links: load PkgConfig::NGHTTP2 */
/* covers: harness/load/net/h2_session.c */
/* What a server says over HTTP/2, taken in at once and in pieces, is the same to each stream; every
 * stream is over once at most, and nothing is told of it any more then. */
#include "fuzz.h"
#include "load/net/h2_link.h"

enum { STREAMS = 4 };

struct told {
    struct h2_stream stream; /* first: it is what the link knows */
    uint64_t headers, body;  /* sums over what came */
    bool over;
    enum request_cause cause;
    int status;
};

static void add(uint64_t *sum, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        *sum = *sum * 31 + (unsigned char)bytes[i];
}

static void on_leaves(struct h2_stream *stream)
{
    MUST(!((struct told *)stream)->over);
}

static void on_header(struct h2_stream *stream, const char *line, size_t length)
{
    struct told *told = (struct told *)stream;
    MUST(!told->over);
    add(&told->headers, line, length);
    add(&told->headers, "\n", 1);
}

static void on_body(struct h2_stream *stream, const char *bytes, size_t length)
{
    struct told *told = (struct told *)stream;
    MUST(!told->over);
    add(&told->body, bytes, length);
}

static void on_over(struct h2_stream *stream, const struct outcome *outcome)
{
    struct told *told = (struct told *)stream;
    MUST(!told->over && !stream->id);
    MUST(outcome->cause != CAUSE_NONE || outcome->status >= 200);
    told->over = true;
    told->cause = outcome->cause;
    told->status = outcome->status;
}

static const struct h2_events events = {on_leaves, on_header, on_body, on_over};

static void submit(struct h2_link *link, struct told *told, bool withheld)
{
    static char body[] = "{\"quantity\": 1}";
    static nghttp2_nv fields[] = {
        {(uint8_t *)":method", (uint8_t *)"POST", 7, 4, NGHTTP2_NV_FLAG_NONE},
        {(uint8_t *)":scheme", (uint8_t *)"http", 7, 4, NGHTTP2_NV_FLAG_NONE},
        {(uint8_t *)":authority", (uint8_t *)"shop", 10, 4, NGHTTP2_NV_FLAG_NONE},
        {(uint8_t *)":path", (uint8_t *)"/apply?userId=1", 5, 15, NGHTTP2_NV_FLAG_NO_INDEX},
    };
    const struct http2_fields request = {
        .v = fields, .count = 4, .body = body, .body_length = sizeof body - 1};
    told->stream.withheld = withheld;
    (void)h2_link_submit(link, &told->stream, &request);
}

/* In pieces of `step` bytes, each in a block of its own. Is the connection lost? */
static bool hear(const uint8_t *bytes, size_t size, size_t step, bool withheld, struct told *told)
{
    struct h2_link link;
    bool on = h2_link_begin(&link, -1, NULL, NULL, &events);
    for (size_t i = 0; on && i < STREAMS; i++)
        submit(&link, &told[i], withheld);
    on = on && h2_link_encode(&link);
    for (size_t at = 0; on && at < size; at += step) {
        size_t count = size - at < step ? size - at : step;
        char *block = malloc(count);
        MUST(block);
        memcpy(block, bytes + at, count);
        on = h2_link_take(&link, block, count);
        free(block);
    }
    for (size_t i = 0; on && i < STREAMS; i++)
        h2_link_finish(&link, &told[i].stream);
    on = on && h2_link_encode(&link);
    MUST(on == (link.lost.cause == CAUSE_NONE));
    /* Of what breaks the rules nghttp2 says so at once, or wants nothing more. */
    bool lost = !on || (!nghttp2_session_want_read(link.session) &&
                        !nghttp2_session_want_write(link.session));
    h2_link_close(&link);
    return lost;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    struct told whole[STREAMS] = {0}, pieces[STREAMS] = {0};
    bool withheld = bytes[0] & 1;
    size_t step = 1 + (bytes[0] >> 1);
    bool a = hear(bytes + 1, size - 1, size, withheld, whole);
    bool b = hear(bytes + 1, size - 1, step, withheld, pieces);
    MUST(a == b);
    for (size_t i = 0; i < STREAMS; i++) {
        MUST(whole[i].over == pieces[i].over && whole[i].cause == pieces[i].cause);
        if (!whole[i].over || whole[i].cause != CAUSE_NONE)
            continue; /* of what breaks the rules less comes in larger pieces */
        MUST(whole[i].status == pieces[i].status && whole[i].headers == pieces[i].headers);
        MUST(whole[i].body == pieces[i].body);
    }
    return 0;
}
