/* links: load */
/* covers: harness/load/http/http1.c */
/* An answer taken in at once and in pieces is the same answer, and nothing outside of it is read.
 */
#include "fuzz.h"
#include "load/http/http1.h"

struct seen {
    uint64_t headers, body; /* sums over what came */
    size_t bytes;
};

static void on_header(void *context, const char *line, size_t length)
{
    struct seen *seen = context;
    for (size_t i = 0; i < length; i++)
        seen->headers = seen->headers * 31 + (unsigned char)line[i];
}

static void on_body(void *context, const char *bytes, size_t length)
{
    struct seen *seen = context;
    seen->bytes += length;
    for (size_t i = 0; i < length; i++)
        seen->body = seen->body * 31 + (unsigned char)bytes[i];
}

static bool ended(const struct http1 *http1)
{
    return http1->state == HTTP1_DONE || http1->state == HTTP1_BROKEN;
}

/* In pieces of `step` bytes, each in a block of its own; what is not taken comes again. */
static struct http1 take(const uint8_t *bytes, size_t size, size_t step, bool no_body,
                         struct seen *ret_seen)
{
    struct http1 http1 = {.no_body = no_body};
    const struct http1_events events = {on_header, on_body, ret_seen};
    size_t begin = 0;
    http1_start(&http1);
    for (size_t end = step < size ? step : size; !ended(&http1);
         end = end + step < size ? end + step : size) {
        char *block = malloc(end - begin + 1);
        MUST(block);
        memcpy(block, bytes + begin, end - begin);
        size_t taken = http1_take(&http1, block, end - begin, &events);
        MUST(taken <= end - begin);
        begin += taken;
        free(block);
        if (end == size)
            break;
    }
    return http1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    struct seen whole = {0}, pieces = {0};
    bool no_body = bytes[0] & 1;
    size_t step = 1 + (bytes[0] >> 1);
    struct http1 a = take(bytes + 1, size - 1, size, no_body, &whole);
    struct http1 b = take(bytes + 1, size - 1, step, no_body, &pieces);
    MUST(a.state == b.state && a.status == b.status && a.left == b.left);
    MUST(whole.headers == pieces.headers && whole.body == pieces.body);
    MUST(http1_ends_well(&a) == http1_ends_well(&b));
    return 0;
}
