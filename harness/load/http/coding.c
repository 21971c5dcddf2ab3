#include "load/http/coding.h"

#include <brotli/decode.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

enum coding coding_of(const char *value, size_t length)
{
    static const struct {
        const char *name;
        enum coding coding;
    } names[] = {{"gzip", CODING_DEFLATE}, {"x-gzip", CODING_DEFLATE}, {"deflate", CODING_DEFLATE},
                 {"br", CODING_BROTLI},    {"zstd", CODING_ZSTD},      {"identity", CODING_NONE},
                 {"", CODING_NONE}};
    while (length && strchr(" \t\r\n", value[length - 1]))
        length--;
    for (; length && strchr(" \t", *value); length--)
        value++;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == length && !strncasecmp(names[i].name, value, length))
            return names[i].coding;
    return CODING_OTHER;
}

/* bits: 32 + 15 tells gzip from zlib by itself, -15 is deflate without either, which some send. */
static bool inflate_all(int bits, const char *bytes, size_t length, char *ret_bytes, size_t room,
                        size_t *ret_used)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)length,
                       .next_out = (Bytef *)ret_bytes,
                       .avail_out = (uInt)room};
    if (inflateInit2(&stream, bits) != Z_OK)
        return false;
    int rc = inflate(&stream, Z_FINISH);
    *ret_used = room - stream.avail_out;
    inflateEnd(&stream);
    return rc == Z_STREAM_END;
}

static bool unbrotli(const char *bytes, size_t length, char *ret_bytes, size_t room,
                     size_t *ret_used)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *in = (const uint8_t *)bytes;
    uint8_t *out = (uint8_t *)ret_bytes;
    size_t left = room;
    BrotliDecoderResult result =
        state ? BrotliDecoderDecompressStream(state, &length, &in, &left, &out, NULL)
              : BROTLI_DECODER_RESULT_ERROR;
    BrotliDecoderDestroyInstance(state);
    *ret_used = room - left;
    return result == BROTLI_DECODER_RESULT_SUCCESS;
}

/* RFC 8878, 3.1.1.1.2: a decoder should take windows of at least 8 MB; more is nobody's answer. */
enum { ZSTD_WINDOW_BITS = 23 };

static bool unzstd(const char *bytes, size_t length, char *ret_bytes, size_t room, size_t *ret_used)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {bytes, length, 0};
    ZSTD_outBuffer out = {ret_bytes, room, 0};
    size_t rest = 1, before;
    if (stream &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_BITS)))
        do {
            before = in.pos + out.pos;
            rest = ZSTD_decompressStream(stream, &out, &in);
        } while (!ZSTD_isError(rest) && in.pos + out.pos > before && (rest || in.pos < in.size));
    ZSTD_freeDStream(stream);
    *ret_used = out.pos;
    return rest == 0 && in.pos == in.size;
}

bool coding_decode(enum coding coding, const char *bytes, size_t length, char *ret_bytes,
                   size_t room, size_t *ret_used)
{
    *ret_used = 0;
    if (coding == CODING_BROTLI)
        return unbrotli(bytes, length, ret_bytes, room, ret_used);
    if (coding == CODING_ZSTD)
        return unzstd(bytes, length, ret_bytes, room, ret_used);
    if (coding != CODING_DEFLATE)
        return false;
    return inflate_all(32 + 15, bytes, length, ret_bytes, room, ret_used) ||
           (!*ret_used && inflate_all(-15, bytes, length, ret_bytes, room, ret_used));
}
