#include "proxy/postgres.h"

#include <stdlib.h>
#include <string.h>

static struct framer *open_postgres(void)
{
    struct postgres *pg = calloc(1, sizeof *pg);
    if (!pg)
        return NULL;
    pg->status = 'I';
    pg->base.passable[FRAMER_SERVER] = UINT64_MAX;
    return &pg->base;
}

static void release(struct framer *framer)
{
    struct postgres *pg = (struct postgres *)framer;
    names_free(&pg->statements);
    names_free(&pg->portals);
}

/* A message is whole; body is NULL when it was not wanted. */
static void message(struct postgres *pg, enum framer_side side, const uint8_t *body, size_t length,
                    uint64_t end)
{
    struct pg_reader *reader = &pg->readers[side];
    uint8_t type = reader->header[0];
    kept_clear(&pg->base, side);
    reader->have = 0;
    if (side == FRAMER_CLIENT)
        pg_ask(pg, type, body, length, end);
    else
        pg_answer(pg, type, body, length, end);
    reader->begin = end;
    if (side == FRAMER_SERVER && pg->base.config.upstream_tls && !pg->base.blind)
        pg->base.passable[FRAMER_SERVER] = pg->ready ? UINT64_MAX : end;
}

/* Type and length are there. */
static void header_end(struct postgres *pg, enum framer_side side)
{
    struct pg_reader *reader = &pg->readers[side];
    uint32_t length = read_be32(reader->header + 1);
    if (length < 4 || length > INT32_MAX) {
        framer_go_blind(&pg->base, side, reader->begin, "a message is no Postgres protocol 3");
        return;
    }
    reader->left = length - 4;
    if (side == FRAMER_SERVER)
        pg_answer_begin(pg, reader->header[0]);
    reader->wanted = side == FRAMER_CLIENT ? pg_ask_wanted(reader->header[0])
                                           : pg_answer_wanted(pg, reader->header[0]);
}

static size_t header_take(struct postgres *pg, enum framer_side side, const uint8_t *bytes,
                          size_t length)
{
    struct pg_reader *reader = &pg->readers[side];
    size_t take = header_fill(reader->header, sizeof reader->header, &reader->have, bytes, length);
    if (reader->have == sizeof reader->header)
        header_end(pg, side);
    return take;
}

static void body_take(struct postgres *pg, enum framer_side side, const uint8_t *bytes, size_t take,
                      uint64_t end)
{
    struct pg_reader *reader = &pg->readers[side];
    const uint8_t *body = NULL;
    size_t length = 0;
    reader->left -= (uint32_t)take;
    if (reader->wanted && !(body = kept_take(&pg->base, side, bytes, take, reader->left, &length)))
        return;
    if (reader->left == 0)
        message(pg, side, body, length, end);
}

static void feed(struct framer *framer, enum framer_side side, uint8_t *bytes, size_t length)
{
    struct postgres *pg = (struct postgres *)framer;
    uint64_t seen = framer->seen[side];
    if (side == FRAMER_SERVER && framer->config.upstream_tls && !pg->ready)
        framer->passable[side] = pg->readers[side].begin; /* a list that may be edited */
    size_t at =
        side == FRAMER_CLIENT && pg->start != PG_STARTED ? pg_start_take(pg, bytes, length) : 0;
    while (!framer->blind && !framer->refused && at < length) {
        struct pg_reader *reader = &pg->readers[side];
        if (reader->have < sizeof reader->header)
            at += header_take(pg, side, bytes + at, length - at);
        if (framer->blind || reader->have < sizeof reader->header)
            continue;
        size_t take = part_of(length - at, reader->left);
        if (take || reader->left == 0)
            body_take(pg, side, bytes + at, take, seen + at + take);
        at += take;
    }
}

/* An SSLRequest. */
static const char request[] = {0, 0, 0, 8, 4, (char)210, 22, 47};

const struct framer_ops framer_postgres = {
    "postgres", FRAMER_TLS_ASKED, request, sizeof request, open_postgres, feed, release};
