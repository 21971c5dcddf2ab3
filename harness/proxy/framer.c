#include "proxy/framer.h"

#include <stdlib.h>
#include <string.h>

#include "proxy/framer_inside.h"

static const struct framer_ops *const protocols[] = {&framer_resp, &framer_postgres, &framer_mysql};

const struct framer_ops *framer_find(const char *name)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (strcmp(protocols[i]->name, name) == 0)
            return protocols[i];
    }
    return NULL;
}

struct framer *framer_open(const struct framer_ops *ops, const struct framer_config *config)
{
    struct framer *framer = ops->open();
    if (!framer)
        return NULL;
    framer->ops = ops;
    framer->config = *config;
    return framer;
}

void framer_close(struct framer *framer)
{
    if (!framer)
        return;
    framer->ops->release(framer);
    free(framer->queue.v);
    free(framer->kept[FRAMER_CLIENT].bytes);
    free(framer->kept[FRAMER_SERVER].bytes);
    free(framer);
}

void framer_feed(struct framer *framer, enum framer_side side, uint8_t *bytes, size_t length)
{
    if (!framer->blind && !framer->refused)
        framer->ops->feed(framer, side, bytes, length);
    framer->seen[side] += length;
}

uint64_t framer_passable(const struct framer *framer, enum framer_side side)
{
    return framer->passable[side];
}

const char *framer_blind(const struct framer *framer)
{
    return framer->blind;
}

void framer_left(struct framer *framer)
{
    if (!framer->wants || framer->refused || framer->blind)
        return;
    framer_tell(framer, &(struct framer_event){
                            .kind = FRAMER_LEFT, .side = FRAMER_CLIENT, .reason = framer->wants});
}

void framer_tell(struct framer *framer, const struct framer_event *event)
{
    framer->config.event(framer->config.context, event);
}

void framer_go_blind(struct framer *framer, enum framer_side side, uint64_t at, const char *reason)
{
    if (framer->blind)
        return;
    framer->blind = reason;
    framer->passable[FRAMER_CLIENT] = framer->passable[FRAMER_SERVER] = UINT64_MAX;
    framer_tell(framer, &(struct framer_event){
                            .kind = FRAMER_BLIND, .side = side, .begin = at, .reason = reason});
}

void framer_around(struct framer *framer, const char *reason)
{
    framer_tell(framer, &(struct framer_event){.kind = FRAMER_AROUND, .reason = reason});
}

uint64_t framer_statement(struct framer *framer, struct asked *asked, uint64_t begin, uint64_t end,
                          bool transaction, const struct values *values)
{
    asked->statement = ++framer->statements;
    struct framer_event event = {
        .kind = FRAMER_STATEMENT,
        .side = FRAMER_CLIENT,
        .statement = asked->statement,
        .begin = begin,
        .end = end,
        .shape = asked->shape,
        .what = asked->kind,
        .transaction = transaction,
    };
    if (values)
        event.values = *values;
    framer_tell(framer, &event);
    return asked->statement;
}

void framer_answer_begun(struct framer *framer, const struct asked *asked, uint64_t begin)
{
    if (framer->begun)
        return;
    framer->begun = true;
    if (asked->statement)
        framer_tell(framer, &(struct framer_event){.kind = FRAMER_ANSWER_BEGUN,
                                                   .side = FRAMER_SERVER,
                                                   .statement = asked->statement,
                                                   .begin = begin,
                                                   .shape = asked->shape,
                                                   .what = asked->kind});
}

void framer_answer_ended(struct framer *framer, const struct asked *asked, uint64_t end,
                         bool transaction, bool failed, const char *text, size_t length)
{
    framer->begun = false;
    if (asked->statement)
        framer_tell(framer, &(struct framer_event){.kind = FRAMER_ANSWER_ENDED,
                                                   .side = FRAMER_SERVER,
                                                   .statement = asked->statement,
                                                   .end = end,
                                                   .shape = asked->shape,
                                                   .what = asked->kind,
                                                   .transaction = transaction,
                                                   .failed = failed,
                                                   .values = framer->values,
                                                   .text = text,
                                                   .length = length});
    framer->values = (struct values){0};
}

void framer_unanswered(struct framer *framer, const struct asked *asked)
{
    if (asked->statement)
        framer_tell(framer, &(struct framer_event){.kind = FRAMER_UNANSWERED,
                                                   .side = FRAMER_SERVER,
                                                   .statement = asked->statement,
                                                   .shape = asked->shape,
                                                   .what = asked->kind});
}

/* Room for one more; the entries are put in order at the front of the new
 * block. */
static bool queue_grow(struct asked_queue *queue)
{
    uint32_t room = queue->room ? 2 * queue->room : 8;
    struct asked *v = room <= FRAMER_PENDING_MAX ? calloc(room, sizeof *v) : NULL;
    if (!v)
        return false;
    for (uint32_t i = 0; i < queue->count; i++)
        v[i] = queue->v[(queue->from + i) & (queue->room - 1)];
    free(queue->v);
    *queue = (struct asked_queue){.v = v, .count = queue->count, .room = room};
    return true;
}

size_t header_fill(uint8_t *header, size_t size, unsigned *have, const uint8_t *bytes,
                   size_t length)
{
    size_t need = size - *have, take = length < need ? length : need;
    memcpy(header + *have, bytes, take);
    *have += (unsigned)take;
    return take;
}

bool queue_push(struct framer *framer, const struct asked *asked)
{
    struct asked_queue *queue = &framer->queue;
    if (queue->count == queue->room && !queue_grow(queue)) {
        framer_go_blind(framer, FRAMER_CLIENT, framer->seen[FRAMER_CLIENT],
                        "more than 65536 requests wait for an answer on one connection");
        return false;
    }
    queue->v[(queue->from + queue->count++) & (queue->room - 1)] = *asked;
    return true;
}

struct asked *queue_at(const struct asked_queue *queue, uint32_t place)
{
    return place < queue->count ? &queue->v[(queue->from + place) & (queue->room - 1)] : NULL;
}

struct asked *queue_front(const struct asked_queue *queue)
{
    return queue_at(queue, 0);
}

void queue_pop(struct asked_queue *queue)
{
    queue->from = (queue->from + 1) & (queue->room - 1);
    queue->count--;
}

void queue_remove(struct asked_queue *queue, uint32_t place)
{
    for (uint32_t i = place; i + 1 < queue->count; i++)
        *queue_at(queue, i) = *queue_at(queue, i + 1);
    queue->count--;
}

const uint8_t *kept_take(struct framer *framer, enum framer_side side, const uint8_t *bytes,
                         size_t fresh, uint64_t rest, size_t *ret_length)
{
    struct kept *kept = &framer->kept[side];
    if (kept->used == 0 && rest == 0) {
        *ret_length = fresh < FRAMER_KEEP_MAX ? fresh : FRAMER_KEEP_MAX;
        return bytes;
    }
    if (!kept->bytes && !(kept->bytes = malloc(FRAMER_KEEP_MAX))) {
        framer_go_blind(framer, side, framer->seen[side], "there was no memory to read it");
        return NULL;
    }
    size_t take = FRAMER_KEEP_MAX - kept->used;
    if (take > fresh)
        take = fresh;
    if (take)
        memcpy(kept->bytes + kept->used, bytes, take);
    kept->used += take;
    *ret_length = kept->used;
    return kept->bytes;
}

void kept_clear(struct framer *framer, enum framer_side side)
{
    framer->kept[side].used = 0;
}

const uint8_t *fields_take(struct fields *fields, size_t length)
{
    const uint8_t *at = fields->at;
    if (!fields->ok || (size_t)(fields->end - at) < length) {
        fields->ok = false;
        return NULL;
    }
    fields->at += length;
    return at;
}
