/* A conversation through a framer, without sockets: what a proxy would send on, and what the framer
 * told, as text. Shared by unit tests and fuzz targets; the caller has included what its MUST
 * needs. */
#ifndef TESTS_PROXY_THROUGH_H
#define TESTS_PROXY_THROUGH_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proxy/framer.h"
#include "proxy/outlet.h"

struct through {
    struct framer *framer;
    struct shapes *shapes;
    struct value_rules rules;
    struct outlet outlets[2]; /* by who wrote */
    uint64_t came[2];
    struct buf out[2]; /* what went on, by who wrote */
    struct buf told;
    bool broken; /* an edit came too late */
};

static inline void through_values(struct through *t, const struct values *values)
{
    for (unsigned i = 0; i < values->count && i < VALUES_MAX; i++) {
        const struct value *value = &values->v[i];
        const char *kinds[] = {"?", "null", "", "user:", "#"};
        if (value->kind == VALUE_NULL)
            buf_adds(&t->told, " null");
        else if (value->kind == VALUE_OTHER)
            buf_addf(&t->told, " #%04x", (unsigned)value->number & 0xffff);
        else
            buf_addf(&t->told, " %s%" PRId64, kinds[value->kind], value->number);
    }
    if (values->count > VALUES_MAX)
        buf_adds(&t->told, " ..");
}

static inline void through_statement(struct through *t, const struct framer_event *e)
{
    buf_addf(&t->told, "%" PRIu64 " asks %s%s [%s] %" PRIu64 "-%" PRIu64, e->statement,
             e->transaction ? "in a transaction " : "", shape_kind_name(e->what),
             shapes_get(t->shapes, e->shape)->text, e->begin, e->end);
}

static inline void through_ended(struct through *t, const struct framer_event *e)
{
    buf_addf(&t->told, "%" PRIu64 " %s -%" PRIu64 " %.*s%s", e->statement,
             e->failed ? "FAILED" : "answered", e->end, (int)e->length, e->text,
             e->transaction ? " open" : "");
}

/* Carries an edit out. */
static inline void through_apply(struct through *t, const struct framer_event *e)
{
    bool reply = e->kind != FRAMER_EDIT;
    struct outlet *outlet = &t->outlets[reply ? !e->side : e->side];
    uint64_t begin = reply ? t->came[!e->side] : e->begin, end = reply ? begin : e->end;
    t->broken =
        t->broken || outlet->at > begin || !outlet_edit(outlet, begin, end, e->text, e->length);
}

static inline void through_edit(struct through *t, const struct framer_event *e, bool reply)
{
    uint64_t begin = reply ? t->came[!e->side] : e->begin, end = reply ? begin : e->end;
    through_apply(t, e);
    buf_addf(&t->told, "%s of the %s: %" PRIu64 "-%" PRIu64 " by %zu bytes",
             reply ? "reply" : "edit", e->side == FRAMER_CLIENT ? "client" : "server", begin, end,
             e->length);
}

static inline void through_event(void *context, const struct framer_event *e)
{
    struct through *t = context;
    switch (e->kind) {
    case FRAMER_STATEMENT:
        through_statement(t, e);
        break;
    case FRAMER_ANSWER_BEGUN:
        buf_addf(&t->told, "%" PRIu64 " begins %" PRIu64, e->statement, e->begin);
        break;
    case FRAMER_ANSWER_ENDED:
        through_ended(t, e);
        break;
    case FRAMER_UNANSWERED:
        buf_addf(&t->told, "%" PRIu64 " is not answered", e->statement);
        break;
    case FRAMER_EDIT:
    case FRAMER_REPLY:
    case FRAMER_REFUSE:
        through_edit(t, e, e->kind != FRAMER_EDIT);
        break;
    case FRAMER_PLAIN:
        return;
    case FRAMER_LEFT:
        buf_addf(&t->told, "left: %s", e->reason);
        break;
    case FRAMER_READY:
        buf_adds(&t->told, "ready");
        break;
    case FRAMER_TLS:
        buf_addf(&t->told, "TLS behind %zu bytes", e->length);
        break;
    case FRAMER_KEY:
    case FRAMER_CANCEL:
        buf_addf(&t->told, "%s %016" PRIx64, e->kind == FRAMER_KEY ? "key" : "cancel", e->number);
        break;
    case FRAMER_AROUND:
    case FRAMER_BLIND:
        buf_adds(&t->told, e->kind == FRAMER_AROUND ? "around" : "blind");
    }
    through_values(t, &e->values);
    buf_addf(&t->told, "%s%s\n", e->reason ? ": " : "", e->reason ? e->reason : "");
}

/* Told to `event`; shapes are borrowed. */
static inline void through_begin(struct through *t, const struct framer_ops *ops, bool upstream_tls,
                                 struct shapes *shapes,
                                 void (*event)(void *, const struct framer_event *))
{
    *t = (struct through){.shapes = shapes, .rules = {.key = "0123456789abcde"}};
    for (int side = 0; side < 2; side++)
        buf_init(&t->out[side], 64 << 20);
    buf_init(&t->told, 64 << 20);
    const struct framer_config config = {t->shapes, &t->rules, event, t, upstream_tls};
    t->framer = framer_open(ops, &config);
}

static inline void through_open(struct through *t, const struct framer_ops *ops, bool upstream_tls)
{
    through_begin(t, ops, upstream_tls, shapes_open(), through_event);
}

static inline void through_end(struct through *t)
{
    framer_close(t->framer);
    for (int side = 0; side < 2; side++) {
        outlet_free(&t->outlets[side]);
        buf_free(&t->out[side]);
    }
    buf_free(&t->told);
}

static inline void through_close(struct through *t)
{
    struct shapes *shapes = t->shapes;
    through_end(t);
    shapes_close(shapes);
}

/* Bytes that may be changed; then all goes that may. */
static inline void through_pass(struct through *t, enum framer_side side, uint8_t *bytes,
                                size_t length)
{
    framer_feed(t->framer, side, bytes, length);
    outlet_add(&t->outlets[side], bytes, length);
    t->came[side] += length;
    for (int to = 0; to < 2; to++) {
        const uint8_t *next;
        size_t count;
        uint64_t limit = framer_passable(t->framer, (enum framer_side)to);
        while ((count = outlet_next(&t->outlets[to], limit, &next)) > 0) {
            buf_add(&t->out[to], next, count);
            outlet_sent(&t->outlets[to], count);
        }
    }
}

/* The same of one piece, in a block of exactly its size. */
static inline void through_feed(struct through *t, enum framer_side side, const void *bytes,
                                size_t length)
{
    uint8_t *piece = malloc(length ? length : 1);
    memcpy(piece, bytes, length);
    through_pass(t, side, piece, length);
    free(piece);
}

#endif
