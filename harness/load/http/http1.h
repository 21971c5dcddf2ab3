/* An HTTP/1.1 response, parsed step by step (RFC 9112): status line, headers, a body by length, in
 * chunks or up to the end of the connection. Interim answers (1xx) are passed over. Knows no
 * sockets; allocates nothing. Pure; any thread. */
#ifndef LOAD_HTTP1_H
#define LOAD_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http1_state {
    HTTP1_HEAD,        /* waits for the empty line after the head */
    HTTP1_FIXED,       /* `left` bytes of body to come */
    HTTP1_CHUNK_SIZE,  /* waits for a line with a chunk's size */
    HTTP1_CHUNK_DATA,  /* `left` bytes of the chunk to come */
    HTTP1_CHUNK_END,   /* waits for the line break after a chunk */
    HTTP1_TRAILER,     /* after the last chunk, up to the empty line */
    HTTP1_LAST_BREAK,  /* within that line's end: the body is whole (RFC 9112, section 8) */
    HTTP1_UNTIL_CLOSE, /* the body ends with the connection */
    HTTP1_DONE,
    HTTP1_BROKEN, /* not HTTP */
};

struct http1 {
    enum http1_state state;
    int status;
    bool keeps;   /* the connection can carry another request */
    bool closes;  /* it was said to be closed, and nothing takes that back */
    bool no_body; /* the request was a HEAD; set by the caller */
    bool has_length, chunked;
    uint64_t left;
};

struct http1_events {
    void (*header)(void *context, const char *line,
                   size_t length); /* each line without its end, status line too, "" last */
    void (*body)(void *context, const char *bytes, size_t length);
    void *context;
};

/* For the next response; no_body is kept. */
void http1_start(struct http1 *http1);

/* Takes what it can of the bytes and returns how many; the rest must come again, with more behind
 * it. Stops at HTTP1_DONE and HTTP1_BROKEN. */
size_t http1_take(struct http1 *http1, const char *bytes, size_t count,
                  const struct http1_events *events);

/* Takes one line of a head, without its end; the status line first. False: it is not HTTP. For a
 * head that somebody else has cut into lines, so that it is judged as one from the wire is. */
bool http1_take_line(struct http1 *http1, const char *line, size_t length);

/* The connection has ended: is the response whole? */
bool http1_ends_well(const struct http1 *http1);

#endif
