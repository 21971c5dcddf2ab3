/* A conversation as a fuzzer's input: pieces, each behind a byte that is its length, plus 128 when
 * the server wrote it. Fed whole and byte by byte a framer tells the same, and what goes on is the
 * same. */
#ifndef TESTS_FUZZ_CONVERSATION_H
#define TESTS_FUZZ_CONVERSATION_H

#include "../proxy/through.h"
#include "fuzz.h"

static inline void conversation_run(struct through *t, const struct framer_ops *ops, bool tls,
                                    const uint8_t *bytes, size_t size, bool cut)
{
    through_open(t, ops, tls);
    for (size_t at = 0; at < size;) {
        enum framer_side side = bytes[at] & 128 ? FRAMER_SERVER : FRAMER_CLIENT;
        size_t length = bytes[at++] & 127, left = size - at;
        length = length < left ? length : left;
        for (size_t i = 0; cut && i < length; i++)
            through_feed(t, side, bytes + at + i, 1);
        if (!cut)
            through_feed(t, side, bytes + at, length);
        at += length;
    }
}

static inline void conversation_try(const struct framer_ops *ops, bool tls, const uint8_t *bytes,
                                    size_t size)
{
    struct through whole, cut;
    conversation_run(&whole, ops, tls, bytes, size, false);
    conversation_run(&cut, ops, tls, bytes, size, true);
    MUST(!whole.broken && !cut.broken);
    MUST(strcmp(buf_text(&whole.told), buf_text(&cut.told)) == 0);
    for (int side = 0; side < 2; side++) {
        MUST(whole.out[side].used == cut.out[side].used);
        MUST(whole.out[side].used == 0 ||
             memcmp(whole.out[side].data, cut.out[side].data, cut.out[side].used) == 0);
    }
    through_close(&whole);
    through_close(&cut);
}

#endif
