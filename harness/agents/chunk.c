#include "agents/chunk.h"

#include <string.h>

#include "model/spec.h"

static const char magic[4] = "RPC1";

enum chunk_flag { CHUNK_DECIDED = 1, CHUNK_ORDERS = 2 };

/* ---- numbers ---- */

static void put(struct buf *out, uint64_t value)
{
    unsigned char bytes[10];
    size_t count = 0;
    do {
        bytes[count] = (unsigned char)(value & 0x7f);
        value >>= 7;
        if (value)
            bytes[count] |= 0x80;
        count++;
    } while (value);
    (void)buf_add(out, bytes, count);
}

/* Numbers near 0, of either sign, are short. */
static void put_signed(struct buf *out, int64_t value)
{
    put(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static int64_t minus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

struct reader {
    const unsigned char *at, *end;
    bool broken;
};

static uint64_t take(struct reader *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
        unsigned char byte = *in->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    in->broken = true;
    return 0;
}

static int64_t take_signed(struct reader *in)
{
    uint64_t value = take(in);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

/* At most so much; more is no chunk. */
static uint64_t take_most(struct reader *in, uint64_t most)
{
    uint64_t value = take(in);
    if (value > most)
        in->broken = true;
    return value > most ? 0 : value;
}

/* ---- records ---- */

/* Instants that never were are 0, others 1 and the way from a neighbour. */
static void put_instant(struct buf *out, ns_t instant, ns_t near)
{
    put(out, instant ? 1 : 0);
    if (instant)
        put_signed(out, minus(instant, near));
}

static ns_t take_instant(struct reader *in, ns_t near)
{
    return take_most(in, 1) ? plus(near, take_signed(in)) : 0;
}

static void put_record(struct buf *out, const struct request *record, const struct request *before)
{
    put_signed(out, minus(record->user, before->user));
    put_signed(out, minus(record->planned, before->planned));
    put_instant(out, record->released, record->planned);
    put_instant(out, record->first_byte, record->released);
    put_instant(out, record->done, record->released);
    put(out, record->status);
    put(out, record->cls);
    put(out, record->cause);
    put(out, record->attempt);
    put(out, record->worker);
    put(out, record->instance);
    put(out, record->ranked);
    if (record->ranked)
        put_signed(out, record->rank);
}

static void take_record(struct reader *in, const struct request *before, struct request *record)
{
    *record = (struct request){.phase = before->phase};
    record->user = plus(before->user, take_signed(in));
    record->planned = plus(before->planned, take_signed(in));
    record->released = take_instant(in, record->planned);
    record->first_byte = take_instant(in, record->released);
    record->done = take_instant(in, record->released);
    record->status = (uint16_t)take_most(in, UINT16_MAX);
    record->cls = (uint8_t)take_most(in, CLASS_COUNT - 1);
    record->cause = (uint8_t)take_most(in, CAUSE_COUNT - 1);
    record->attempt = (uint8_t)take_most(in, UINT8_MAX);
    record->worker = (uint16_t)take_most(in, UINT16_MAX);
    record->instance = (uint8_t)take_most(in, INSTANCES_MAX);
    record->ranked = take_most(in, 1) != 0;
    if (record->ranked)
        record->rank = take_signed(in);
    /* What every history keeps to, and every check builds on. */
    if ((record->released != 0) != (record->cls != CLASS_SKIPPED) ||
        (record->released && record->done && record->done < record->released))
        in->broken = true;
}

static void put_decided(struct buf *out, const struct decided *decided, ns_t near)
{
    put_instant(out, decided->at, near);
    put(out, decided->polls);
    put(out, decided->pending);
}

static void take_decided(struct reader *in, ns_t near, struct decided *decided)
{
    decided->at = take_instant(in, near);
    decided->polls = (uint32_t)take_most(in, UINT32_MAX);
    decided->pending = take_most(in, 1) != 0;
}

static void put_order(struct buf *out, const struct order *order)
{
    put_signed(out, order->asked);
    put_signed(out, order->item);
    put_signed(out, order->asked_units);
    put_signed(out, order->units);
    put_signed(out, order->id);
}

static int32_t take_item(struct reader *in)
{
    int64_t item = take_signed(in);
    if (item < -1 || item > INT32_MAX)
        in->broken = true;
    return in->broken ? -1 : (int32_t)item;
}

static void take_order(struct reader *in, struct order *order)
{
    order->asked = take_item(in);
    order->item = take_item(in);
    order->asked_units = take_signed(in);
    order->units = take_signed(in);
    order->id = take_signed(in);
}

/* ---- the whole ---- */

int chunk_encode(const struct chunk *chunk, struct buf *ret_bytes, struct err *err)
{
    static const struct request none;
    if (chunk->count > CHUNK_RECORDS)
        return err_set(err, ERR_BUG, "a chunk of %zu records", chunk->count);
    (void)buf_add(ret_bytes, magic, sizeof magic);
    put(ret_bytes, chunk->phase);
    put(ret_bytes, chunk->number);
    put(ret_bytes, chunk->count);
    put(ret_bytes, (chunk->decided ? CHUNK_DECIDED : 0U) | (chunk->orders ? CHUNK_ORDERS : 0U));
    for (size_t i = 0; i < chunk->count; i++) {
        put_record(ret_bytes, &chunk->v[i], i ? &chunk->v[i - 1] : &none);
        if (chunk->decided)
            put_decided(ret_bytes, &chunk->decided[i], chunk->v[i].done);
        if (chunk->orders)
            put_order(ret_bytes, &chunk->orders[i]);
    }
    return ret_bytes->failed ? err_set(err, ERR_MEMORY, "no memory for a chunk") : 0;
}

static void take_one(struct reader *in, unsigned flags, struct chunk *chunk, size_t i)
{
    const struct request none = {.phase = (uint8_t)chunk->phase};
    struct decided decided = {0};
    struct order order = {0};
    take_record(in, i ? &chunk->v[i - 1] : &none, &chunk->v[i]);
    if (flags & CHUNK_DECIDED)
        take_decided(in, chunk->v[i].done, &decided);
    if (flags & CHUNK_ORDERS)
        take_order(in, &order);
    if (chunk->decided)
        chunk->decided[i] = decided;
    if (chunk->orders)
        chunk->orders[i] = order;
}

int chunk_decode(const void *bytes, size_t size, struct chunk *ret_chunk, struct err *err)
{
    struct reader in = {bytes, (const unsigned char *)bytes + size, false};
    struct chunk chunk = *ret_chunk;
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        return err_set(err, ERR_USAGE, "no chunk of a history");
    in.at += sizeof magic;
    chunk.phase = (unsigned)take_most(&in, HISTORY_PHASES_MAX - 1);
    chunk.number = take(&in);
    chunk.count = (size_t)take_most(&in, CHUNK_RECORDS);
    unsigned flags = (unsigned)take_most(&in, CHUNK_DECIDED | CHUNK_ORDERS);
    for (size_t i = 0; i < chunk.count && !in.broken; i++)
        take_one(&in, flags, &chunk, i);
    if (in.broken || in.at != in.end)
        return err_set(err, ERR_USAGE, "a damaged chunk of a history");
    *ret_chunk = chunk;
    return 0;
}
