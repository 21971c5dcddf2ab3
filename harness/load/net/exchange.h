/* An exchange: one request and its answer under way, whoever carries it. It renders nothing and
 * knows no socket: transports tell it what happens, and it fills the record. Everything is
 * allocated when it is made; a running one allocates nothing of ours (a response body longer than
 * any before is the exception).
 * @thread the worker that owns it. */
#ifndef LOAD_EXCHANGE_H
#define LOAD_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/rng.h"
#include "load/http/coding.h"
#include "load/http/message.h"
#include "load/http/rules.h"
#include "model/answers.h"
#include "model/demand.h"
#include "model/history.h"
#include "model/progress.h"
#include "model/roster.h"
#include "model/share.h"

#define EXCHANGE_BODY_MAX ((size_t)ANSWERS_BODY_KB << 10) /* of a response, for the rules */
#define EXCHANGE_TYPE_MAX 64

struct exchange;
struct connection;
struct encoded;
struct crowd;

/* What all workers read and none writes. */
struct setup {
    const struct spec_request *request;
    struct message *message;
    struct rules *rules;
    const char *const
        *kept;       /* headers of responses that somebody looks at; ended by NULL, or NULL */
    bool reads_body; /* somebody looks into the bodies beside the rules */
    /* Told of an answer that decides nothing, by rule; NULL: nobody wants to know. @thread worker
     */
    void (*ticket)(void *context, struct exchange *exchange, const struct response *response);
    void *ticket_context;
    const char *instance_header; /* of a response, that names who answered; NULL: none */
    const char *entered_header;  /* of a response, that says when its handler began; NULL: none */
    ns_t
        *entered; /* owned by who fills the struct; one for each record of the history, 0: unsaid */
    struct progress *progress;
    struct share share; /* of its users */
    const struct roster *roster;
    const struct items *items;     /* NULL: none */
    const struct demand *demand;   /* of them */
    const struct history *history; /* whose records are sent, with their orders */
    enum key_reuse reuse;          /* of the phase */
    size_t keyed;                  /* so many users have had keys before it */
};

/* The place of the user whose key a request carries. */
static inline size_t setup_key(const struct setup *setup, size_t place)
{
    return setup->reuse == REUSE_USER && setup->keyed ? place % setup->keyed : place;
}

/* The order of a record; NULL: there are no items, or the record is not of the history. */
static inline struct order *setup_order(const struct setup *setup, const struct request *record)
{
    bool any = setup->items && setup->history->orders;
    return any ? &setup->history->orders[record - setup->history->v] : NULL;
}

/* What it asks for beside that; NULL: nothing. */
static inline struct order *setup_more(const struct setup *setup, const struct request *record)
{
    bool any = setup->items && setup->history->lines > 1;
    return any ? history_line_of(setup->history, (size_t)(record - setup->history->v), 1) : NULL;
}

/* Whose its units become; ITEM_UNKNOWN: nobody's. */
static inline int32_t setup_to(const struct setup *setup, const struct request *record)
{
    bool any = setup->items && setup->history->to;
    return any ? setup->history->to[record - setup->history->v] : ITEM_UNKNOWN;
}

/* What its answer calls the order; NULL: nobody wants to know. */
static inline struct order_text *setup_text(const struct setup *setup, const struct request *record)
{
    bool any = setup->items && setup->history->texts;
    return any ? &setup->history->texts[record - setup->history->v] : NULL;
}

/* How an exchange ended. */
struct outcome {
    enum request_cause cause; /* CAUSE_NONE: a whole answer has come, with this status */
    int status;
    bool tls;           /* it failed in TLS */
    const char *reason; /* of a failure: a constant text */
    const char *hint;   /* what to do about it: a constant text, or NULL */
};

#define OUTCOME_CLOSES                                                                             \
    "the target closed it: it allows fewer connections at once, or waits too short"

/* Whoever holds requests back: while there is one, they are encoded and not sent, and none may end.
 */
struct holder {
    /* All requests of the connection are encoded. */
    void (*take)(void *context, const struct connection *connection, const struct encoded *encoded);
    void (*fail)(void *context, const struct outcome *outcome);
    void *context;
    bool splits; /* what of them may go ahead does: else a connection's are one write */
};

/* What the exchanges of one worker share. */
struct carrier {
    const struct setup *setup;
    unsigned number;             /* of the worker */
    struct rng rng;              /* of uuids */
    struct answers *answers;     /* borrowed */
    const struct holder *holder; /* NULL: requests are sent as they start */
    struct crowd *crowd; /* whose connections are opened in the burst itself; NULL: nobody */
    void (*ended)(void *context, struct exchange *exchange);
    void *context;
};

enum exchange_state {
    EXCHANGE_FREE,    /* no request */
    EXCHANGE_STARTED, /* with the transport, which has not begun to write it */
    EXCHANGE_HELD,    /* encoded, or just being so, and not released */
    EXCHANGE_SENT,    /* may have left */
};

struct exchange {
    struct carrier *carrier;
    struct connection *connection;
    struct request *record; /* NULL while free */
    ns_t began; /* when it was started, or released by a gate: its timeout counts from there */
    ns_t sent;  /* when its request began to leave */
    enum exchange_state state;
    uint32_t place;  /* in the transport's list */
    bool counted;    /* its release is in the progress counters already */
    bool body_whole; /* the response's body fits into body */
    bool head_whole; /* the empty line after the response's head has come */
    uint64_t headers_hit;
    uint8_t instance; /* that the response names, as the worker's answers count them; 0: none */
    char type[EXCHANGE_TYPE_MAX];         /* of the response, without parameters */
    char (*kept)[TEMPLATE_CAPTURED_SIZE]; /* owned; what stood in setup->kept, by place; or NULL */
    char *body;                           /* owned */
    enum coding coding;                   /* of the response's body */
    struct grpc_said grpc;                /* of an answer of gRPC */
    int retry_after;                      /* seconds that it asks for; 0: it does not */
    uint32_t body_used, body_room;
};

/* Errors: ERR_MEMORY. exchange_free takes zeroed ones. */
int exchange_init(struct exchange *exchange, struct carrier *carrier, uint32_t place,
                  struct err *err) __attribute__((warn_unused_result));
void exchange_free(struct exchange *exchange);

/* Makes it the record's; ret_values: what its request is rendered with. */
void exchange_begin(struct exchange *exchange, struct request *record,
                    struct template_values *ret_values);

/* Steps of a request on its way. context is the exchange. */
void exchange_send(struct exchange *exchange);       /* about to be sent: stamps it */
void exchange_first_byte(struct exchange *exchange); /* later ones are no first */
void exchange_take_header(void *context, const char *line, size_t length); /* see http1_events */
void exchange_take_body(void *context, const char *bytes, size_t length);

/* The transport is through with it: fills the record, and frees the exchange. */
void exchange_end(struct exchange *exchange, const struct outcome *outcome);

/* The release of its held request failed with this errno: the end of it never left. The transport
 * must have dropped it. */
void exchange_lose(struct exchange *exchange, int os_error);

/* Ends it before the transport does: timeout or stop. The transport must have dropped it. */
void exchange_abort(struct exchange *exchange, enum request_cause cause);

#endif
