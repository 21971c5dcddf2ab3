/* A conversation as a fuzzer's input: pieces, each behind a byte that is its length, plus 128 when
 * the server wrote it. Fed whole and cut at a few places that the bytes themselves choose, a framer
 * tells the same, and what goes on is the same. Cut behind every byte it is by a unit test
 * (tests/unit/test_framer_talks.c): here that would be most of the time. */
#ifndef TESTS_FUZZ_CONVERSATION_H
#define TESTS_FUZZ_CONVERSATION_H

#include "../proxy/through.h"
#include "fuzz.h"

/* Short-lived blocks are most of what these targets allocate: where one came from is seen when it
 * is run again, and few of them need be remembered. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=4:malloc_context_size=4";
}

#define CONVERSATION_BYTES 8 /* a piece that is no longer may come byte by byte */

static inline uint32_t conversation_throw(uint32_t *dice, uint32_t most)
{
    *dice = *dice * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)*dice * most >> 32);
}

/* How long the next part of what is left of a piece is: of every second piece all of it, else it is
 * cut once, or twice. */
static inline size_t conversation_part(uint32_t *dice, size_t left)
{
    if (left < 2 || conversation_throw(dice, 2))
        return left;
    return left <= CONVERSATION_BYTES ? 1 : 1 + conversation_throw(dice, (uint32_t)left - 1);
}

static inline uint32_t conversation_dice(const uint8_t *bytes, size_t size)
{
    uint32_t dice = UINT32_C(2166136261);
    for (size_t i = 0; i < size; i++)
        dice = (dice ^ bytes[i]) * UINT32_C(16777619);
    return dice;
}

/* What was told, as one number: to put it in words for each event takes most of the time. */
struct conversation {
    struct through t; /* first: it is the events' context */
    uint64_t told;
};

static inline void conversation_hash(struct conversation *c, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        c->told = (c->told ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
}

static inline void conversation_event(void *context, const struct framer_event *e)
{
    struct conversation *c = context;
    const uint64_t fields[] = {e->kind,  e->side, e->statement,   e->begin,  e->end,
                               e->shape, e->what, e->transaction, e->failed, e->number};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        c->told = (c->told ^ fields[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ c->told >> 29;
    for (unsigned i = 0; i < e->values.count && i < VALUES_MAX; i++)
        c->told = (c->told ^ (uint64_t)e->values.v[i].number ^ e->values.v[i].kind) *
                  UINT64_C(0x9e3779b97f4a7c15);
    conversation_hash(c, e->text, e->length);
    if (e->kind == FRAMER_EDIT || e->kind == FRAMER_REPLY || e->kind == FRAMER_REFUSE)
        through_apply(&c->t, e);
}

/* Pieces in blocks of exactly their size, whole or cut into parts. */
static inline void conversation_run(struct conversation *c, const uint8_t *bytes, size_t size,
                                    bool cut)
{
    uint32_t dice = conversation_dice(bytes, size);
    for (size_t at = 0; at < size;) {
        enum framer_side side = bytes[at] & 128 ? FRAMER_SERVER : FRAMER_CLIENT;
        size_t length = bytes[at++] & 127, left = size - at;
        length = length < left ? length : left;
        uint8_t *piece = malloc(length ? length : 1);
        memcpy(piece, bytes + at, length);
        for (size_t i = 0, part; i < length; i += part) {
            part = cut ? conversation_part(&dice, length - i) : length;
            through_pass(&c->t, side, piece + i, part);
        }
        free(piece);
        at += length;
    }
}

/* What was allocated for the one before serves the next one too. */
static inline void conversation_begin(struct conversation *c, const struct framer_ops *ops,
                                      bool tls, struct shapes *shapes)
{
    struct through before = c->t;
    through_begin(&c->t, ops, tls, shapes, conversation_event);
    c->told = 0;
    for (int side = 0; side < 2; side++) {
        struct outlet *outlet = &c->t.outlets[side], *old = &before.outlets[side];
        *outlet = (struct outlet){.bytes = old->bytes, .room = old->room, .edits = old->edits};
        if (before.out[side].data)
            c->t.out[side] = before.out[side];
        buf_clear(&c->t.out[side]);
    }
}

/* A catalogue that has only what it begins with, or little more. */
static inline struct shapes *conversation_shapes(void)
{
    enum { FULL = 64 };
    static struct shapes *shapes;
    if (shapes && shapes_count(shapes) > FULL) {
        shapes_close(shapes);
        shapes = NULL;
    }
    if (!shapes)
        shapes = shapes_open();
    MUST(shapes);
    return shapes;
}

static inline void conversation_try(const struct framer_ops *ops, bool tls, const uint8_t *bytes,
                                    size_t size)
{
    static struct conversation runs[2];
    struct shapes *shapes = conversation_shapes();
    for (int cut = 0; cut < 2; cut++) {
        conversation_begin(&runs[cut], ops, tls, shapes);
        conversation_run(&runs[cut], bytes, size, cut);
        framer_close(runs[cut].t.framer);
    }
    const struct through *whole = &runs[0].t, *cut = &runs[1].t;
    MUST(!whole->broken && !cut->broken);
    MUST(runs[0].told == runs[1].told);
    for (int side = 0; side < 2; side++) {
        MUST(whole->out[side].used == cut->out[side].used);
        MUST(whole->out[side].used == 0 ||
             memcmp(whole->out[side].data, cut->out[side].data, cut->out[side].used) == 0);
    }
}

#endif
