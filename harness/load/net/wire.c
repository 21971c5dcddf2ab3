#include "load/net/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/http/http1.h"
#include "load/net/events.h"

enum { EVENTS = 256, IN_ROOM = 1024, IN_MAX = 64 * 1024 };

/* Bytes of a connection that have to wait; without them it needs no memory of its own. */
struct rest {
    char *bytes; /* owned; NULL until there was something */
    uint32_t length, room;
};

enum wire_state {
    WIRE_CLOSED,
    WIRE_CONNECTING, /* its request waits */
    WIRE_WRITING,    /* a part of its request did not fit into the socket */
    WIRE_READING,    /* its request is out */
    WIRE_IDLE,       /* open, without a request */
};

struct connection {
    struct transfer *transfer; /* NULL while closed or idle */
    struct http1 http1;
    int fd;
    enum wire_state state;
    bool answered;       /* a byte of the response has come */
    struct rest unsent;  /* of the request: while connecting, or when the socket is full */
    struct rest unknown; /* of the response: what the parser has not taken yet */
};

struct wire {
    const struct message *message;
    int epoll;
    int64_t unasked; /* idle connections that were given up */
    struct connection *connections;
    size_t count;
    bool ended;     /* a request has ended outside of wire_wait */
    char *out, *in; /* of all connections in turn, so that they stay in the cache; owned */
};

int wire_new(const struct message *message, size_t count, struct wire **ret_wire, struct err *err)
{
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        return err_set(err, ERR_MEMORY, "out of memory");
    wire->message = message;
    wire->epoll = epoll_create1(EPOLL_CLOEXEC);
    int rc = wire->epoll < 0 ? err_errno(err, ERR_ENVIRONMENT, errno, "epoll") : 0;
    wire->connections = calloc(count + 1, sizeof *wire->connections);
    wire->out = malloc(message_wire_room(message));
    wire->in = malloc(IN_MAX);
    if (!rc && !(wire->connections && wire->out && wire->in))
        rc = err_set(err, ERR_MEMORY, "no memory for %zu connections", count);
    if (rc) {
        wire_free(wire);
        return rc;
    }
    for (; wire->count < count; wire->count++) {
        wire->connections[wire->count].fd = -1;
        wire->connections[wire->count].http1.no_body = message_is_head(message);
    }
    *ret_wire = wire;
    return 0;
}

/* Makes the bytes the rest; they may be a part of it. False without memory. */
static bool rest_keep(struct rest *rest, const char *bytes, size_t length)
{
    if (length > rest->room) {
        size_t room = rest->room ? rest->room : IN_ROOM;
        while (room < length)
            room *= 2;
        char *grown = realloc(rest->bytes, room);
        if (!grown)
            return false;
        rest->bytes = grown;
        rest->room = (uint32_t)room;
    }
    if (length)
        memmove(rest->bytes, bytes, length);
    rest->length = (uint32_t)length;
    return true;
}

static void close_connection(struct connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    connection->state = WIRE_CLOSED;
    connection->transfer = NULL;
}

void wire_free(struct wire *wire)
{
    if (!wire)
        return;
    for (size_t i = 0; i < wire->count; i++) {
        close_connection(&wire->connections[i]);
        free(wire->connections[i].unsent.bytes);
        free(wire->connections[i].unknown.bytes);
    }
    if (wire->epoll >= 0)
        close(wire->epoll);
    free(wire->connections);
    free(wire->out);
    free(wire->in);
    free(wire);
}

static void watch(struct wire *wire, struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    epoll_ctl(wire->epoll, operation, connection->fd, &event);
}

/* The request has come to an end, and with it the connection unless it can carry another. */
static void end(struct wire *wire, struct connection *connection, CURLcode code, int os_error)
{
    struct transfer *transfer = connection->transfer;
    const struct outcome outcome = {code, os_error, connection->http1.status};
    wire->ended = true;
    /* One that answered before it had the whole request waits for bytes that never come. */
    bool reusable =
        connection->http1.keeps && connection->state == WIRE_READING && !connection->unknown.length;
    if (code == CURLE_OK && reusable) {
        connection->transfer = NULL;
        connection->state = WIRE_IDLE;
    } else {
        close_connection(connection);
    }
    transfer_end(transfer, &outcome);
}

/* Sends what the socket takes, and watches for room when that is not all. The bytes are the
 * connection's rest, or become it. */
static void write_out(struct wire *wire, struct connection *connection, const char *bytes,
                      size_t length)
{
    ssize_t sent = send(connection->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
        end(wire, connection, CURLE_SEND_ERROR, errno);
        return;
    }
    size_t taken = sent > 0 ? (size_t)sent : 0;
    if (taken == length && connection->state == WIRE_WRITING)
        watch(wire, connection, EPOLL_CTL_MOD, EPOLLIN);
    if (taken == length) {
        connection->state = WIRE_READING;
        return;
    }
    if (!rest_keep(&connection->unsent, bytes + taken, length - taken)) {
        end(wire, connection, CURLE_OUT_OF_MEMORY, 0);
        return;
    }
    if (connection->state != WIRE_WRITING)
        watch(wire, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    connection->state = WIRE_WRITING;
}

static void begin_writing(struct wire *wire, struct connection *connection, const char *bytes,
                          size_t length)
{
    connection->state = WIRE_READING; /* what it is when all fits, as it does */
    transfer_release(connection->transfer);
    write_out(wire, connection, bytes, length);
}

static void open_connection(struct wire *wire, struct connection *connection, size_t length)
{
    const struct target *target = message_target(wire->message);
    connection->state = WIRE_CONNECTING;
    if (!rest_keep(&connection->unsent, wire->out, length)) {
        end(wire, connection, CURLE_OUT_OF_MEMORY, 0);
        return;
    }
    connection->fd =
        socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        end(wire, connection, CURLE_COULDNT_CONNECT, errno);
        return;
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (!connect(connection->fd, (const struct sockaddr *)&target->address,
                 target->address_length) ||
        errno == EINPROGRESS)
        watch(wire, connection, EPOLL_CTL_ADD, EPOLLOUT);
    else
        end(wire, connection, CURLE_COULDNT_CONNECT, errno);
}

/* Idle, and closed by the target or talking out of turn. */
static void give_up(struct wire *wire, struct connection *connection)
{
    wire->unasked++;
    close_connection(connection);
}

/* What came too early for the next request is not its answer. */
static bool is_clean(const struct connection *connection)
{
    char byte;
    return recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void wire_start(struct wire *wire, struct transfer *transfer, const struct template_values *values)
{
    struct connection *connection = &wire->connections[transfer->place];
    if (connection->state == WIRE_IDLE && !is_clean(connection))
        give_up(wire, connection);
    connection->transfer = transfer;
    size_t length = message_write(wire->message, values, wire->out);
    connection->unknown.length = 0;
    connection->answered = false;
    http1_start(&connection->http1);
    if (connection->state == WIRE_IDLE)
        begin_writing(wire, connection, wire->out, length);
    else
        open_connection(wire, connection, length);
}

void wire_drop(struct wire *wire, const struct transfer *transfer)
{
    close_connection(&wire->connections[transfer->place]);
}

static void finish_connect(struct wire *wire, struct connection *connection)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    if (error) {
        end(wire, connection, CURLE_COULDNT_CONNECT, error);
        return;
    }
    watch(wire, connection, EPOLL_CTL_MOD, EPOLLIN);
    begin_writing(wire, connection, connection->unsent.bytes, connection->unsent.length);
}

static void finish_at_close(struct wire *wire, struct connection *connection)
{
    CURLcode code = http1_ends_well(&connection->http1) ? CURLE_OK
                    : connection->answered              ? CURLE_PARTIAL_FILE
                                                        : CURLE_GOT_NOTHING;
    connection->http1.keeps = false;
    end(wire, connection, code, 0);
}

/* The bytes are the connection's rest with what has come now behind it, or only the latter. */
static void take_in(struct wire *wire, struct connection *connection, const char *bytes,
                    size_t count)
{
    const struct http1_events events = {
        .header = transfer_take_header,
        .body = transfer_take_body,
        .context = connection->transfer,
    };
    if (!connection->answered)
        transfer_first_byte(connection->transfer);
    connection->answered = true;
    size_t taken = http1_take(&connection->http1, bytes, count, &events);
    bool kept = rest_keep(&connection->unknown, bytes + taken, count - taken);
    if (connection->http1.state == HTTP1_DONE)
        end(wire, connection, CURLE_OK, 0);
    else if (!kept)
        end(wire, connection, CURLE_OUT_OF_MEMORY, 0);
    else if (connection->http1.state == HTTP1_BROKEN || count - taken == IN_MAX)
        end(wire, connection, CURLE_WEIRD_SERVER_REPLY, 0);
}

static void read_in(struct wire *wire, struct connection *connection)
{
    struct rest *rest = &connection->unknown;
    /* What is left of an answer goes before its next part. */
    if (rest->length)
        memcpy(wire->in, rest->bytes, rest->length);
    ssize_t got =
        recv(connection->fd, wire->in + rest->length, IN_MAX - rest->length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (!connection->transfer) {
        give_up(wire, connection);
    } else if (got < 0) {
        end(wire, connection, CURLE_RECV_ERROR, errno);
    } else if (got == 0) {
        finish_at_close(wire, connection);
    } else {
        take_in(wire, connection, wire->in, rest->length + (size_t)got);
    }
}

static void handle(struct wire *wire, struct connection *connection, uint32_t events)
{
    if (connection->state == WIRE_CONNECTING) {
        finish_connect(wire, connection);
        return;
    }
    if (connection->state == WIRE_WRITING && (events & EPOLLOUT))
        write_out(wire, connection, connection->unsent.bytes, connection->unsent.length);
    if (connection->fd >= 0 && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        read_in(wire, connection);
}

void wire_wait(struct wire *wire, ns_t span)
{
    struct epoll_event events[EVENTS];
    int got = events_wait(wire->epoll, events, EVENTS, wire->ended ? 0 : span);
    for (int i = 0; i < got; i++) {
        struct connection *connection = events[i].data.ptr;
        if (connection->fd >= 0)
            handle(wire, connection, events[i].events);
    }
    wire->ended = false; /* the caller looks for free transfers before it comes back */
}

int64_t wire_unasked(const struct wire *wire)
{
    return wire->unasked;
}
