#include "broker/transactions.h"

#include <stdio.h>
#include <string.h>

/* API keys, and the version from which texts are compact and headers have tags
 * (kafka.apache.org/protocol). Each of these bodies begins with the transactional id. */
static const struct kind {
    int16_t api, flexible;
    const char *name;
} kinds[] = {
    {22, 2, "InitProducerId"}, {24, 3, "AddPartitionsToTxn"}, {25, 3, "AddOffsetsToTxn"},
    {26, 3, "EndTxn"},         {28, 3, "TxnOffsetCommit"},
};

struct cursor {
    const unsigned char *at, *end;
    bool failed;
};

static uint32_t take(struct cursor *cursor, size_t bytes)
{
    uint32_t value = 0;
    if ((size_t)(cursor->end - cursor->at) < bytes)
        cursor->failed = true;
    for (size_t i = 0; i < bytes && !cursor->failed; i++)
        value = value << 8 | *cursor->at++;
    return value;
}

static uint64_t take_varint(struct cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !cursor->failed; shift += 7) {
        uint32_t byte = take(cursor, 1);
        value |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128))
            break;
    }
    return value;
}

static void skip(struct cursor *cursor, uint64_t bytes)
{
    if ((uint64_t)(cursor->end - cursor->at) < bytes)
        cursor->failed = true;
    else
        cursor->at += bytes;
}

/* The rest of the header: the client's id, and tags. */
static void skip_header(struct cursor *cursor, bool flexible)
{
    int16_t client = (int16_t)take(cursor, 2);
    skip(cursor, client > 0 ? (uint64_t)client : 0);
    for (uint64_t tags = flexible ? take_varint(cursor) : 0; tags > 0 && !cursor->failed; tags--) {
        take_varint(cursor);
        skip(cursor, take_varint(cursor));
    }
}

/* False: null. */
static bool take_text(struct cursor *cursor, bool compact, char *ret_text, size_t size)
{
    int64_t length = compact ? (int64_t)take_varint(cursor) - 1 : (int16_t)take(cursor, 2);
    if (cursor->failed || length < 0)
        return false;
    size_t there = (size_t)(cursor->end - cursor->at);
    size_t kept = (uint64_t)length < there ? (size_t)length : there;
    snprintf(ret_text, size, "%.*s", (int)kept, (const char *)cursor->at);
    return true;
}

bool transaction_read(const unsigned char *request, size_t length, struct transaction *ret_found)
{
    struct cursor cursor = {request, request + length, false};
    int16_t api = (int16_t)take(&cursor, 2), version = (int16_t)take(&cursor, 2);
    skip(&cursor, 4); /* correlation id */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !cursor.failed; i++) {
        if (kinds[i].api != api)
            continue;
        bool flexible = version >= kinds[i].flexible;
        skip_header(&cursor, flexible);
        struct transaction found = {.api = api, .request = kinds[i].name};
        if (!take_text(&cursor, flexible, found.id, sizeof found.id))
            return false;
        *ret_found = found;
        return true;
    }
    return false;
}

static void take_size(struct transaction_stream *stream)
{
    stream->size = 0;
    for (int i = 0; i < 4; i++)
        stream->size = stream->size << 8 | stream->head[i];
}

/* As many bytes as belong to the request that is coming in. */
static size_t take_part(struct transaction_stream *stream, const unsigned char *bytes,
                        size_t length)
{
    bool sized = stream->seen >= 4;
    uint64_t want = sized ? 4 + stream->size - stream->seen : 4 - stream->seen;
    size_t part = length < want ? length : (size_t)want;
    size_t room = sizeof stream->head - stream->used, kept = part < room ? part : room;
    memcpy(stream->head + stream->used, bytes, kept);
    stream->used += kept;
    stream->seen += part;
    if (!sized && stream->seen == 4)
        take_size(stream);
    return part;
}

bool transaction_feed(struct transaction_stream *stream, const unsigned char *bytes, size_t length,
                      struct transaction *ret_found)
{
    bool found = false;
    while (length > 0) {
        size_t part = take_part(stream, bytes, length);
        bytes += part;
        length -= part;
        if (stream->seen < 4 || stream->seen < 4 + stream->size)
            continue;
        found |= transaction_read(stream->head + 4, stream->used - 4, ret_found);
        stream->used = stream->seen = 0;
    }
    return found;
}
