/* Server-sent events (WHATWG HTML, section 9.2): the bytes of a stream in, whatever pieces they
 * come in, events out. What an event says is bounded; a longer one is told as not whole. Nothing is
 * known here of connections: who opens another one restarts the parser, and sends the last id
 * along.
 * @thread whoever owns it. */
#ifndef LOAD_EVENT_STREAM_H
#define LOAD_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"

#define EVENT_NAME_SIZE 128
#define EVENT_ID_SIZE   512

struct event {
    const char *name; /* "message" when the stream gave none */
    const char *data;
    size_t length;
    bool whole; /* false: longer than is kept */
};

struct event_stream {
    struct buf line, data;      /* of the event that comes */
    char name[EVENT_NAME_SIZE]; /* likewise */
    bool any_data, whole;
    char next_id[EVENT_ID_SIZE]; /* likewise; stays for the events behind it */
    char id[EVENT_ID_SIZE];      /* of the last event that was told, "": none */
    ns_t retry;    /* what the stream said how long to wait before another connection */
    bool begun;    /* its first line has come: a byte order mark may stand there */
    bool after_cr; /* a line feed now belongs to the line before it */
    bool line_whole;
};

/* retry: as long as the stream says nothing of it. */
void event_stream_init(struct event_stream *stream, ns_t retry);
void event_stream_free(struct event_stream *stream);

/* Another connection: what was half is forgotten; the last id and retry stay. */
void event_stream_restart(struct event_stream *stream);

/* told: called for each event that is whole with these bytes. */
void event_stream_take(struct event_stream *stream, const char *bytes, size_t length,
                       void (*told)(void *context, const struct event *event), void *context);

#endif
