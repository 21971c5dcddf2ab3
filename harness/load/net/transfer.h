/* A transfer: one libcurl handle that carries one request at a time, and what it needs for that.
 * Everything is allocated when it is made; a running request allocates nothing of ours (a response
 * body longer than any before is the exception).
 * @thread the worker that owns it. */
#ifndef LOAD_TRANSFER_H
#define LOAD_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "load/http/http1.h"
#include "load/http/message.h"
#include "model/history.h"

struct worker;

#define TRANSFER_BODY_MAX ((size_t)65536) /* of a response, for the rules to look into */

#define TRANSFER_TYPE_MAX 64

enum transfer_state {
    TRANSFER_FREE,    /* no request */
    TRANSFER_STARTED, /* with libcurl, which has not begun to write it */
    TRANSFER_CAUGHT,  /* libcurl is writing it into the gate */
    TRANSFER_HELD,    /* written, and at the gate */
    TRANSFER_SENT,    /* may have left */
};

struct transfer {
    CURL *easy; /* NULL: it has a wire instead */
    struct worker *worker;
    struct request *record; /* NULL while free */
    ns_t began; /* when it was started, or released by a gate: its timeout counts from there */
    enum transfer_state state;
    uint32_t place;  /* in the worker's list; decides the multi handle */
    int fd;          /* its connection; -1: libcurl opens one itself */
    int opened;      /* the connection that was made for its request; -1: one is used again */
    bool dialed;     /* fd is connected already and not yet handed to libcurl */
    bool counted;    /* its release is in the progress counters already */
    bool body_whole; /* the response's body fits into body */
    bool head_whole; /* the empty line after the response's head has come */
    bool dirty;      /* a kept connection had something to say before its next request: not used */
    struct http1 head; /* what was seen of it, for libcurl's responses */
    uint64_t headers_hit;
    char type[TRANSFER_TYPE_MAX]; /* of the response, without parameters */
    char *body;                   /* owned */
    uint32_t body_used, body_room;
    struct rendering rendering;
};

/* Errors: ERR_MEMORY, ERR_ENVIRONMENT. transfer_free takes half-made and zeroed ones. */
int transfer_init(struct transfer *transfer, struct worker *worker, uint32_t place, struct err *err)
    __attribute__((warn_unused_result));
void transfer_free(struct transfer *transfer);

/* Renders the record's request and hands it to libcurl. */
void transfer_start(struct transfer *transfer, struct request *record);

/* How a request ended, in libcurl's terms. */
struct outcome {
    CURLcode code;
    int os_error; /* errno of the socket call that failed, 0: none did */
    int status;
};

/* Called when libcurl, or the wire, is through with it: fills the record. */
void transfer_end(struct transfer *transfer, const struct outcome *outcome);

/* Steps of a response on a wire; context is the transfer. */
void transfer_release(struct transfer *transfer); /* about to be sent: stamps it */
void transfer_first_byte(struct transfer *transfer);
void transfer_take_header(void *context, const char *line, size_t length);
void transfer_take_body(void *context, const char *bytes, size_t length);

/* The release of its held request failed with this errno: the end of it never left. */
void transfer_lose(struct transfer *transfer, int os_error);

/* Ends it before libcurl does: timeout or stop. The connection is closed. */
void transfer_abort(struct transfer *transfer, enum request_cause cause);

#endif
