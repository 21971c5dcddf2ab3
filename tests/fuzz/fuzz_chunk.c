/* links: agents */
/* covers: harness/agents/chunk.c */
/* A piece of a history from an agent: whatever the bytes are, they are a chunk or refused, and what
 * comes out goes in again. */
#include "agents/chunk.h"
#include "fuzz.h"

static struct request records[CHUNK_RECORDS], again[CHUNK_RECORDS];
static struct decided decided[CHUNK_RECORDS], decided_again[CHUNK_RECORDS];
static struct order orders[CHUNK_RECORDS], orders_again[CHUNK_RECORDS];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct chunk chunk = {.v = records, .decided = decided, .orders = orders};
    struct chunk back = {.v = again, .decided = decided_again, .orders = orders_again};
    struct err err = {0};
    struct buf out;
    if (chunk_decode(bytes, size, &chunk, &err)) {
        MUST(err.code == ERR_USAGE && err.message[0]);
        return 0;
    }
    MUST(chunk.count <= CHUNK_RECORDS);
    buf_init(&out, CHUNK_BYTES_MAX);
    MUST(!chunk_encode(&chunk, &out, &err));
    MUST(!chunk_decode(out.data, out.used, &back, &err));
    MUST(back.count == chunk.count && back.phase == chunk.phase && back.number == chunk.number);
    MUST(!memcmp(records, again, chunk.count * sizeof *records));
    MUST(!memcmp(decided, decided_again, chunk.count * sizeof *decided));
    MUST(!memcmp(orders, orders_again, chunk.count * sizeof *orders));
    buf_free(&out);
    return 0;
}
