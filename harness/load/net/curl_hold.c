#include "load/net/curl_hold.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    REQUEST_EXTRA = 4096, /* head lines, TLS records: more than a request needs */
    WRITES_MAX = 64,      /* of one request, by libcurl */
    TLS_HEADER = 5,       /* type, version (2), length (2); RFC 8446 section 5.1 */
};

/* Where the part begins that must not leave before the release: of HTTP/1 the last byte of the
 * head, over TLS the last byte of the record that holds the head. */
static size_t first_held_byte(const struct message *message, const char *bytes, size_t length)
{
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

/* What was caught last has been written by now. */
static void keep_caught(struct curl_transport *transport)
{
    struct curl_line *line = transport->catching;
    if (!line)
        return;
    transport->catching = NULL;
    const struct message *message = transport->base.carrier->setup->message;
    const struct connection *connection = line->exchange->connection;
    struct encoded encoded = {.fd = connection->fd};
    encoded.error = capture_end(transport->capture, &encoded.bytes, &encoded.length);
    reactor_resume(transport->reactor, connection->fd, line->exchange->place);
    if (!encoded.error && !encoded.length)
        encoded.error = EPROTO;
    if (!encoded.error && reactor_writes(transport->reactor, connection->fd))
        encoded.error = EMSGSIZE; /* libcurl has more to write than it does at once */
    if (!encoded.error)
        encoded.ahead = first_held_byte(message, encoded.bytes, encoded.length);
    const struct holder *holder = transport->base.carrier->holder;
    holder->take(holder->context, connection, &encoded);
}

/* What is written in several steps has to be caught in all of them. */
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
        capture_end(transport->capture, &bytes, &length);
    }
}

void curl_hold_end(struct curl_transport *transport)
{
    reactor_after_step(transport->reactor, NULL);
}
