/* What an accepted user looks like in the topic: the user id as an 8-byte big-endian signed
 * integer, as Java's LongSerializer writes it. The reader's half is the consumer's own. Pure. */
#ifndef APPLY_RECORD_H
#define APPLY_RECORD_H

#include <stdint.h>

enum { RECORD_SIZE = 8 };

static inline void record_encode(int64_t user, uint8_t ret_bytes[RECORD_SIZE])
{
    uint64_t bits = (uint64_t)user;
    for (int i = RECORD_SIZE - 1; i >= 0; i--) {
        ret_bytes[i] = (uint8_t)(bits & 0xff);
        bits >>= 8;
    }
}

#endif
