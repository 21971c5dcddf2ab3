/* Framing of a store's protocol: bytes of both directions of one connection in,
 * events out. Pure: no I/O and no clock. Whatever way the bytes are cut, the
 * events are the same. Once the handshake is over no byte is changed; what
 * cannot be read is passed on and said so once (FRAMER_BLIND), never guessed. A
 * framer belongs to one thread; a row of framer_ops is one protocol. */
#ifndef PROXY_FRAMER_H
#define PROXY_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proxy/shape.h"
#include "proxy/value.h"

enum framer_side { FRAMER_CLIENT, FRAMER_SERVER }; /* who wrote the bytes */

#define FRAMER_PENDING_MAX                                                                         \
    65536 /* asked and not answered on one connection                                              \
           */

enum framer_event_kind {
    /* A statement is complete in the client's stream: begin and end are its place
     * there. Statements are numbered from 1 on their connection. */
    FRAMER_STATEMENT,
    /* The first byte of its answer has come, at begin in the server's stream:
     * nothing of it lies before. Answers come in the order of the statements. */
    FRAMER_ANSWER_BEGUN,
    /* The answer ends before `end` in the server's stream. `text` is the command
     * tag or the error's code; `values` are the first ones read. */
    FRAMER_ANSWER_ENDED,
    /* The server will not answer this statement (an earlier one failed, REPLY
       OFF). */
    FRAMER_UNANSWERED,
    /* Of the handshake: bytes [begin, end) of `side` are replaced by `text`,
     * which may be empty. None of them has been let pass before
     * (framer_passable). */
    FRAMER_EDIT,
    FRAMER_REPLY,  /* `text` is to be sent back to `side` at once */
    FRAMER_REFUSE, /* like FRAMER_REPLY, and the connection ends; `reason` tells a
                      person why */
    FRAMER_LEFT,   /* the client asked for TLS, was told no, and left: it comes back without,
                      or insists, and then `reason` tells a person what to do */
    FRAMER_PLAIN,  /* the client begins without TLS, or goes on so */
    FRAMER_READY,  /* the handshake is over: this connection may carry statements
                    */
    FRAMER_KEY,    /* `number` names the connection for FRAMER_CANCEL */
    FRAMER_TLS,    /* `text` is to be sent to the server in plain, and then both speak TLS */
    FRAMER_CANCEL, /* the connection named by `number` is to be cancelled */
    FRAMER_AROUND, /* `reason`: what it was told leads it to servers that the
                      proxy does not see */
    FRAMER_BLIND,  /* `reason`: from here on bytes pass unread */
};

struct framer_event {
    enum framer_event_kind kind;
    enum framer_side side;
    uint64_t statement; /* its number; 0: of none */
    uint64_t begin, end;
    uint16_t shape;
    enum shape_kind what; /* of the statement as it stands: a queued command of
                             MULTI is SHAPE_TXN */
    bool transaction;     /* statement: it was sent inside of one; answer: it leaves
                             one open */
    bool failed;          /* an answer that is an error */
    uint64_t number;
    struct values values;
    const char *text; /* valid during the call */
    size_t length;
    const char *reason; /* a sentence without its full stop; static */
};

struct framer_config {
    struct shapes *shapes;           /* shared, borrowed */
    const struct value_rules *rules; /* borrowed */
    void (*event)(void *context, const struct framer_event *event);
    void *context;
    bool upstream_tls; /* the server speaks TLS, which the client does not see */
};

struct framer;

/* How a client of this protocol goes over to TLS. */
enum framer_tls {
    FRAMER_TLS_FIRST, /* it speaks nothing else */
    FRAMER_TLS_ASKED, /* it asks by framer_ops.tls_request, and S means yes */
    FRAMER_TLS_LATER, /* FRAMER_TLS says when */
};

struct framer_ops {
    const char *name;
    enum framer_tls tls;
    const char *tls_request;
    size_t tls_request_length;
    struct framer *(*open)(void); /* NULL: no memory */
    /* Takes all bytes; may change some in place while the handshake lasts. */
    void (*feed)(struct framer *framer, enum framer_side side, uint8_t *bytes, size_t length);
    void (*release)(struct framer *framer); /* what open allocated beyond the framer */
};

extern const struct framer_ops framer_resp, framer_postgres, framer_mysql;
const struct framer_ops *framer_find(const char *name); /* NULL: there is no such protocol */

/* config is copied. NULL: no memory. */
struct framer *framer_open(const struct framer_ops *ops, const struct framer_config *config);
void framer_close(struct framer *framer);

/* The next bytes that side wrote. They may be sent on as far as framer_passable
 * says. */
void framer_feed(struct framer *framer, enum framer_side side, uint8_t *bytes, size_t length);

/* The offset in the stream of side up to which bytes may be sent on; those
 * behind it wait until it is known whether they have to be edited. */
uint64_t framer_passable(const struct framer *framer, enum framer_side side);

/* Why it does not read on; NULL: it does. */
const char *framer_blind(const struct framer *framer);

/* The client has closed the connection. Tells by FRAMER_LEFT when it asked for TLS and nothing
 * else.
 */
void framer_left(struct framer *framer);

#endif
