/* What the framers share among themselves: the head of a connection's state,
 * the queue of what was asked and not answered, and short ways to tell events.
 */
#ifndef PROXY_FRAMER_INSIDE_H
#define PROXY_FRAMER_INSIDE_H

#include "proxy/framer.h"

#define FRAMER_KEEP_MAX (2 * SHAPE_READ_MAX) /* of a message that came in pieces */

/* A message's fields, one after the other; what lies beyond its end reads as 0, and ok says so. */
struct fields {
    const uint8_t *at, *end;
    bool ok;
};

/* The next length bytes, or NULL. */
const uint8_t *fields_take(struct fields *fields, size_t length);

/* Something the client asked that the server answers, in order. */
struct asked {
    uint64_t statement; /* 0: belongs to the protocol, not to the service */
    uint64_t name;      /* of what it prepares, binds or runs */
    uint64_t about;     /* of what that was made from */
    uint32_t left;      /* answers that are still to come, or what the protocol counts */
    uint16_t shape;
    uint16_t types; /* of parameters or columns, two bits each */
    uint8_t what;   /* the protocol's own enum */
    uint8_t kind;   /* enum shape_kind */
    uint8_t flags;  /* the protocol's own */
};

/* A ring; `from` and `count` are in entries, room is a power of two. */
struct asked_queue {
    struct asked *v;
    uint32_t from, count, room;
};

/* A message's bytes as one piece: borrowed from the bytes just fed when they
 * are whole there, and else kept, up to FRAMER_KEEP_MAX of them. */
struct kept {
    uint8_t *bytes; /* owned; NULL until something had to be kept */
    size_t used;
};

struct framer {
    const struct framer_ops *ops;
    struct framer_config config;
    uint64_t seen[2];     /* bytes fed before this call, by side */
    uint64_t passable[2]; /* UINT64_MAX: all that came */
    uint64_t statements;
    struct asked_queue queue;
    struct kept kept[2];
    struct values values; /* of the answer that is being read */
    const char *blind;
    const char
        *wants;   /* what the client asked for and did not get, while it has asked for no more */
    bool begun;   /* the answer that is being read was told */
    bool refused; /* the connection is about to end */
};

/* Goes on filling a header of that size, of which so much is there; returns how much it took. */
size_t header_fill(uint8_t *header, size_t size, unsigned *have, const uint8_t *bytes,
                   size_t length);

/* Of the bytes that are there those that belong to a body. */
static inline size_t part_of(size_t there, uint32_t left)
{
    return there < left ? there : left;
}

bool queue_push(struct framer *framer, const struct asked *asked); /* false: it is blind now */
struct asked *queue_at(const struct asked_queue *queue,
                       uint32_t place); /* NULL: so few there are */
struct asked *queue_front(const struct asked_queue *queue);
void queue_pop(struct asked_queue *queue);
void queue_remove(struct asked_queue *queue, uint32_t place);

/* Collects what belongs to a message whose first bytes are at `bytes`, `fresh`
 * of them, of which `rest` more are to come. Returns all that is kept of it so
 * far, and its length in *ret_length. Complete messages that came in one piece
 * are not copied. NULL: no memory, and the framer blind.
 */
const uint8_t *kept_take(struct framer *framer, enum framer_side side, const uint8_t *bytes,
                         size_t fresh, uint64_t rest, size_t *ret_length);
void kept_clear(struct framer *framer, enum framer_side side);

/* From here on bytes pass unread. reason is static. Says so once. */
void framer_go_blind(struct framer *framer, enum framer_side side, uint64_t at, const char *reason);

void framer_tell(struct framer *framer, const struct framer_event *event);
/* The number of a new statement, which it tells. `asked` has shape, kind and
 * transaction. */
uint64_t framer_statement(struct framer *framer, struct asked *asked, uint64_t begin, uint64_t end,
                          bool transaction, const struct values *values);
void framer_answer_begun(struct framer *framer, const struct asked *asked, uint64_t begin);
/* Ends the answer to `asked`, and forgets the values. */
void framer_answer_ended(struct framer *framer, const struct asked *asked, uint64_t end,
                         bool transaction, bool failed, const char *text, size_t length);
void framer_unanswered(struct framer *framer, const struct asked *asked);
void framer_around(struct framer *framer, const char *reason);

static inline uint32_t read_be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint16_t read_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

#endif
