#include "stack/snapshot_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "stack/snapshot.h"

#define LANES 4
#define BLOCK (LANES * sizeof(uint64_t))
#define PRIME 0x9e3779b97f4a7c15U /* 2^64 by the golden ratio: odd, and its bits are well mixed */

void digest_init(struct digest *digest)
{
    for (uint64_t i = 0; i < LANES; i++)
        digest->lane[i] = (i + 1) * PRIME;
}

static void add_block(struct digest *digest, const unsigned char *bytes)
{
    for (size_t i = 0; i < LANES; i++) {
        uint64_t word;
        memcpy(&word, bytes + i * sizeof word, sizeof word);
        digest->lane[i] = (digest->lane[i] ^ word) * PRIME;
        digest->lane[i] ^= digest->lane[i] >> 29;
    }
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    unsigned char rest[BLOCK] = {0};
    for (; length >= BLOCK; at += BLOCK, length -= BLOCK)
        add_block(digest, at);
    if (length == 0)
        return;
    memcpy(rest, at, length);
    add_block(digest, rest);
}

uint64_t digest_end(const struct digest *digest)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < LANES; i++) {
        sum = (sum ^ digest->lane[i]) * PRIME;
        sum ^= sum >> 32;
    }
    return sum;
}

uint64_t snapshot_digest(const void *bytes, size_t length)
{
    struct digest digest;
    digest_init(&digest);
    digest_add(&digest, bytes, length);
    return digest_end(&digest);
}

bool bytes_write(int fd, const void *bytes, size_t length, off_t offset)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t put = pwrite(fd, at, length, offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        offset += put;
        length -= (size_t)put;
    }
    return true;
}

bool bytes_read(int fd, void *bytes, size_t length, off_t offset)
{
    char *at = bytes;
    while (length > 0) {
        ssize_t got = pread(fd, at, length, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : 0;
            return false;
        }
        at += got;
        offset += got;
        length -= (size_t)got;
    }
    return true;
}
