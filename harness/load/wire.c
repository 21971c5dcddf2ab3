#include "load/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/events.h"
#include "load/http1.h"

enum { EVENTS = 256, IN_ROOM = 1024, IN_MAX = 64 * 1024 };

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
    bool answered; /* a byte of the response has come */
    char *out;     /* the request; owned */
    char *in;      /* what the parser has not taken yet; owned */
    uint32_t out_length, out_sent, in_used, in_room;
};

struct wire {
    const struct message *message;
    int epoll;
    struct connection *connections;
    size_t count;
    bool ended; /* a request has ended outside of wire_wait */
};

int wire_new(const struct message *message, size_t count, struct wire **ret_wire, struct err *err)
{
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        return err_set(err, ERR_MEMORY, "out of memory");
    wire->message = message;
    wire->epoll = epoll_create1(EPOLL_CLOEXEC);
    wire->connections = calloc(count + 1, sizeof *wire->connections);
    int rc = 0;
    if (wire->epoll < 0)
        rc = err_errno(err, ERR_ENVIRONMENT, errno, "epoll");
    for (; !rc && wire->connections && wire->count < count; wire->count++) {
        struct connection *connection = &wire->connections[wire->count];
        connection->fd = -1;
        connection->http1.no_body = message_is_head(message);
        connection->out = malloc(message_wire_room(message));
        connection->in = malloc(IN_ROOM);
        connection->in_room = IN_ROOM;
        if (!connection->out || !connection->in)
            rc = err_set(err, ERR_MEMORY, "no memory for %zu connections", count);
    }
    if (!rc && !wire->connections)
        rc = err_set(err, ERR_MEMORY, "no memory for %zu connections", count);
    if (rc) {
        wire_free(wire);
        return rc;
    }
    *ret_wire = wire;
    return 0;
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
        free(wire->connections[i].out);
        free(wire->connections[i].in);
    }
    if (wire->epoll >= 0)
        close(wire->epoll);
    free(wire->connections);
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
    if (code == CURLE_OK && connection->http1.keeps && !connection->in_used) {
        connection->transfer = NULL;
        connection->state = WIRE_IDLE;
    } else {
        close_connection(connection);
    }
    transfer_end(transfer, &outcome);
}

static void write_out(struct wire *wire, struct connection *connection)
{
    ssize_t sent = send(connection->fd, connection->out + connection->out_sent,
                        connection->out_length - connection->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
        end(wire, connection, CURLE_SEND_ERROR, errno);
        return;
    }
    connection->out_sent += sent > 0 ? (uint32_t)sent : 0;
    bool whole = connection->out_sent == connection->out_length;
    if (whole && connection->state != WIRE_READING) {
        if (connection->state == WIRE_WRITING)
            watch(wire, connection, EPOLL_CTL_MOD, EPOLLIN);
        connection->state = WIRE_READING;
    } else if (!whole && connection->state != WIRE_WRITING) {
        watch(wire, connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        connection->state = WIRE_WRITING;
    }
}

static void begin_writing(struct wire *wire, struct connection *connection)
{
    connection->state = WIRE_READING; /* what it is when all fits, as it does */
    transfer_release(connection->transfer);
    write_out(wire, connection);
}

static void open_connection(struct wire *wire, struct connection *connection)
{
    const struct target *target = message_target(wire->message);
    connection->state = WIRE_CONNECTING;
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

void wire_start(struct wire *wire, struct transfer *transfer, const struct template_values *values)
{
    struct connection *connection = &wire->connections[transfer->place];
    connection->transfer = transfer;
    connection->out_length = (uint32_t)message_write(wire->message, values, connection->out);
    connection->out_sent = connection->in_used = 0;
    connection->answered = false;
    http1_start(&connection->http1);
    if (connection->state == WIRE_IDLE)
        begin_writing(wire, connection);
    else
        open_connection(wire, connection);
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
    begin_writing(wire, connection);
}

static void finish_at_close(struct wire *wire, struct connection *connection)
{
    CURLcode code = http1_ends_well(&connection->http1) ? CURLE_OK
                    : connection->answered              ? CURLE_PARTIAL_FILE
                                                        : CURLE_GOT_NOTHING;
    connection->http1.keeps = false;
    end(wire, connection, code, 0);
}

static bool make_room(struct connection *connection)
{
    if (connection->in_used < connection->in_room)
        return true;
    uint32_t room = connection->in_room * 2;
    char *in = room <= IN_MAX ? realloc(connection->in, room) : NULL;
    if (!in)
        return false;
    connection->in = in;
    connection->in_room = room;
    return true;
}

static void take_in(struct wire *wire, struct connection *connection)
{
    const struct http1_events events = {
        .header = transfer_wants_headers(connection->transfer) ? transfer_take_header : NULL,
        .body = transfer_take_body,
        .context = connection->transfer,
    };
    if (!connection->answered)
        transfer_first_byte(connection->transfer);
    connection->answered = true;
    size_t taken = http1_take(&connection->http1, connection->in, connection->in_used, &events);
    connection->in_used -= (uint32_t)taken;
    if (connection->in_used)
        memmove(connection->in, connection->in + taken, connection->in_used);
    if (connection->http1.state == HTTP1_DONE)
        end(wire, connection, CURLE_OK, 0);
    else if (connection->http1.state == HTTP1_BROKEN || !make_room(connection))
        end(wire, connection, CURLE_WEIRD_SERVER_REPLY, 0);
}

static void read_in(struct wire *wire, struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->in + connection->in_used,
                       connection->in_room - connection->in_used, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (!connection->transfer) {
        close_connection(connection); /* idle, and closed by the target or talking out of turn */
    } else if (got < 0) {
        end(wire, connection, CURLE_RECV_ERROR, errno);
    } else if (got == 0) {
        finish_at_close(wire, connection);
    } else {
        connection->in_used += (uint32_t)got;
        take_in(wire, connection);
    }
}

static void handle(struct wire *wire, struct connection *connection, uint32_t events)
{
    if (connection->state == WIRE_CONNECTING) {
        finish_connect(wire, connection);
        return;
    }
    if (connection->state == WIRE_WRITING && (events & EPOLLOUT))
        write_out(wire, connection);
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
