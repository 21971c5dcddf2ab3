/* Streams: the server-sent events by which a service tells what became of its users. A stream is
 * one connection after the other: where it breaks off another one is made, after the span that the
 * service has named, with the id of the last event. They are no requests of the run.
 * @thread one at a time: the decider's, or the driver's while that one rests. */
#ifndef LOAD_STREAMS_H
#define LOAD_STREAMS_H

#include "load/http/event_stream.h"
#include "load/net/curl_message.h"
#include "model/progress.h"
#include "model/roster.h"

struct streams;

enum stream_state {
    STREAM_DUE,    /* without a connection; tried again at `due` */
    STREAM_TRYING, /* connecting, or its request is out and nothing has come */
    STREAM_OPEN,   /* events come */
    STREAM_OVER,   /* the service said that there is nothing more (204), or nobody listens now */
};

struct stream {
    struct streams *streams;
    struct stream *next;
    int64_t user;
    size_t place;           /* of the user */
    char *const *captured;  /* borrowed; for its URL, or NULL */
    struct ticket *tickets; /* who listen; the listener's, as `told` is */
    struct request told;    /* the latest event that said yes, no or through */
    struct request another; /* the latest that said so of another user; a yes rather than a no */
    enum stream_state state;
    ns_t due;   /* next try, or when this one was begun */
    ns_t asked; /* when the request of this try left; 0: it did not */
    bool stood; /* some try has come to events, or to the end that the service told */
    bool left;  /* nobody listens any more, said while its events came */
    CURL *easy; /* owned; NULL before its first try */
    struct rendering rendering;
    struct curl_slist headers[3]; /* its own, before those of the message */
    char last_id[EVENT_ID_SIZE + 16];
    struct event_stream events;
};

struct streams_settings {
    const struct spec_request *request; /* without references */
    const char *dir;
    const struct feeder *prepared; /* or NULL */
    const struct roster *roster;
    struct progress *progress;
    struct load_decisions *sum; /* counted into */
    void (*told)(void *context, struct stream *stream, const struct event *event);
    void *context;
};

/* Errors: ERR_USAGE, ERR_ENVIRONMENT, ERR_MEMORY. */
int streams_new(const struct streams_settings *settings, uint64_t seed,
                struct streams **ret_streams, struct err *err) __attribute__((warn_unused_result));
void streams_free(struct streams *streams); /* NULL is fine */

/* Does their request need what an answer brings? Then there is one a ticket, else one a user. */
bool streams_are_tickets(const struct streams *streams);

/* Another one, tried at the next turn. NULL: no memory. */
struct stream *streams_add(struct streams *streams, int64_t user, char *const *captured);

/* Does it tell whatever the service has to say? */
bool stream_is_heard(const struct stream *stream);

/* Nobody listens to it any more. Allowed in `told`. */
void stream_leave(struct stream *stream);

/* Tries those that are due, and takes what comes within span. Returns since when nothing is left
 * that had come; 0: there was no end of it. */
ns_t streams_turn(struct streams *streams, ns_t span);

/* Until all are heard. Errors: ERR_ENVIRONMENT with why one is not, ERR_INTERRUPTED. */
int streams_stage(struct streams *streams, ns_t deadline, struct err *err)
    __attribute__((warn_unused_result));

#endif
