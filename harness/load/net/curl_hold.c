#include "load/net/curl_hold.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    REQUEST_EXTRA = 4096, /* head lines, TLS records, HTTP/2 preface: more than a request needs */
    WRITES_MAX = 64,      /* of one request, by libcurl */
    TLS_HEADER = 5,       /* type, version (2), length (2); RFC 8446 section 5.1 */
};

/* Where the part begins that must not leave before the release: of HTTP/1 the last byte of the
 * head, over TLS the last byte of the record that holds the head. Of HTTP/2 all, because a head and
 * a body are frames of their own. */
static size_t first_held_byte(const struct message *message, const char *bytes, size_t length)
{
    if (message->http2)
        return 0;
    if (!message->tls) {
        const char *end = memmem(bytes, length, "\r\n\r\n", 4);
        return end ? (size_t)(end - bytes) + 3 : 0;
    }
    if (length < TLS_HEADER)
        return 0;
    const unsigned char *header = (const unsigned char *)bytes;
    size_t record = TLS_HEADER + ((size_t)header[3] << 8 | header[4]);
    return record <= length ? record - 1 : 0;
}

/* What was caught last has been written by now. libcurl speaks HTTP/2 with the target on its own
 * account as well (acknowledging settings), and what it says after the held bytes must not arrive
 * before them: it is shut out until they are gone. */
static void keep_caught(struct curl_transport *transport)
{
    struct curl_line *line = transport->catching;
    if (!line)
        return;
    transport->catching = NULL;
    const struct message *message = transport->base.carrier->setup->message;
    const struct connection *connection = line->exchange->connection;
    struct encoded encoded = {.fd = connection->fd};
    encoded.error = capture_end(transport->capture, message->http2, &encoded.bytes, &encoded.length,
                                &line->real);
    if (!message->http2)
        reactor_resume(transport->reactor, connection->fd, line->exchange->place);
    if (!encoded.error && !encoded.length)
        encoded.error = EPROTO;
    if (!encoded.error && reactor_writes(transport->reactor, connection->fd))
        encoded.error = EMSGSIZE; /* libcurl has more to write than it does at once */
    if (!encoded.error)
        encoded.ahead = first_held_byte(message, encoded.bytes, encoded.length);
    if (line->real >= 0)
        encoded.fd = line->real;
    const struct holder *holder = transport->base.carrier->holder;
    holder->take(holder->context, connection, &encoded);
}

/* A body over HTTP/2 is written in steps of its own: all of them have to be caught. */
static void finish_writing(void *context)
{
    struct curl_transport *transport = context;
    const struct curl_line *line = transport->catching;
    for (int step = 0; line && step < WRITES_MAX; step++) {
        int fd = line->exchange->connection->fd;
        if (!reactor_writes(transport->reactor, fd))
            break;
        reactor_write(transport->reactor, fd, line->exchange->place);
        line = transport->catching; /* it may have ended */
    }
    keep_caught(transport);
}

int curl_hold_prepare(struct curl_transport *transport, struct err *err)
{
    size_t room = message_room(transport->base.carrier->setup->message);
    size_t each = REQUEST_EXTRA + room + room / 8;
    reactor_after_step(transport->reactor, finish_writing);
    return capture_new(each * (transport->base.exchanges_count + 1), &transport->capture, err);
}

int curl_hold_catch(struct curl_line *line)
{
    struct curl_transport *transport = line->transport;
    int fd = line->exchange->connection->fd;
    /* libcurl can take several handles through their first step in one call. */
    keep_caught(transport);
    reactor_pause(transport->reactor, fd);
    if (capture_begin(transport->capture, fd))
        return -1;
    transport->catching = line;
    line->exchange->state = EXCHANGE_HELD;
    return 0;
}

void curl_hold_drop(struct curl_transport *transport, int fd)
{
    struct curl_line *line = transport->catching;
    if (line && line->exchange->connection->fd == fd) {
        const char *bytes;
        size_t length;
        transport->catching = NULL;
        capture_end(transport->capture, false, &bytes, &length, &line->real);
    }
    for (size_t i = 0; i < transport->base.exchanges_count; i++) {
        line = &transport->lines[i];
        if (line->real < 0 || line->exchange->connection->fd != fd)
            continue;
        close(line->real);
        line->real = -1;
    }
}

void curl_hold_end(struct curl_transport *transport)
{
    reactor_after_step(transport->reactor, NULL);
    for (size_t i = 0; i < transport->base.exchanges_count; i++) {
        struct curl_line *line = &transport->lines[i];
        if (line->real < 0)
            continue;
        /* One that cannot have it stays walled off, and its release fails. */
        capture_give_back(line->exchange->connection->fd, line->real);
        line->real = -1;
    }
}
