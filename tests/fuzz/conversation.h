/* A conversation as a fuzzer's input: pieces, each behind a byte that is its length, plus 128 when
 * the server wrote it. Fed whole and cut at places that the bytes themselves choose, a framer tells
 * the same, and what goes on is the same. Half of the parts are a single byte. */
#ifndef TESTS_FUZZ_CONVERSATION_H
#define TESTS_FUZZ_CONVERSATION_H

#include "../proxy/through.h"
#include "fuzz.h"

/* As many as the next part has: 1 in every second, else up to 16. */
static inline size_t conversation_part(uint32_t *dice, size_t most)
{
    *dice = *dice * UINT32_C(1664525) + UINT32_C(1013904223);
    size_t part = *dice >> 31 ? 1 : 1 + (*dice >> 24 & 15);
    return part < most ? part : most;
}

static inline uint32_t conversation_dice(const uint8_t *bytes, size_t size)
{
    uint32_t dice = UINT32_C(2166136261);
    for (size_t i = 0; i < size; i++)
        dice = (dice ^ bytes[i]) * UINT32_C(16777619);
    return dice;
}

static inline void conversation_run(struct through *t, const struct framer_ops *ops, bool tls,
                                    const uint8_t *bytes, size_t size, bool cut)
{
    uint32_t dice = conversation_dice(bytes, size);
    through_open(t, ops, tls);
    for (size_t at = 0; at < size;) {
        enum framer_side side = bytes[at] & 128 ? FRAMER_SERVER : FRAMER_CLIENT;
        size_t length = bytes[at++] & 127, left = size - at;
        length = length < left ? length : left;
        for (size_t i = 0, part; i < length; i += part) {
            part = cut ? conversation_part(&dice, length - i) : length;
            through_feed(t, side, bytes + at + i, part);
        }
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
