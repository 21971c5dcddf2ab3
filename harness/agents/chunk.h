/* Chunks: pieces of a history on their way from an agent to the coordinator, as bytes. Small
 * numbers take few bytes, and each record says how it differs from the one before it: 20 to 30
 * bytes a request. Instants are the agent's own. Pure. */
#ifndef AGENTS_CHUNK_H
#define AGENTS_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/history.h"

#define CHUNK_RECORDS   4096
#define CHUNK_BYTES_MAX ((size_t)CHUNK_RECORDS * 160 + 64)

/* The records of one; decided and orders are NULL, or parallel to v. */
struct chunk {
    unsigned phase;
    uint64_t number; /* of the agent's chunks, from 0 */
    size_t count;    /* at most CHUNK_RECORDS */
    struct request *v;
    struct decided *decided;
    struct order *orders;
};

/* Errors: ERR_MEMORY (also when ret_bytes is not given room enough), ERR_BUG (too many). */
int chunk_encode(const struct chunk *chunk, struct buf *ret_bytes, struct err *err)
    __attribute__((warn_unused_result));

/* v has room for CHUNK_RECORDS; decided and orders too where they are not NULL, and get zeroes
 * where the chunk brings none. Errors: ERR_USAGE: these bytes are no chunk; what v holds is then
 * undefined. */
int chunk_decode(const void *bytes, size_t size, struct chunk *ret_chunk, struct err *err)
    __attribute__((warn_unused_result));

#endif
