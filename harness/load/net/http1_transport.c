/* Plain HTTP/1.1 as a transport: keep-alive connections without TLS, one an exchange, on one epoll.
 *
 * For closed phases. libcurl 7.88 spends some 70,000 instructions on a request over a connection
 * that is open already (it formats the head byte by byte, parses the URL anew, polls twice): half a
 * core of a two-core machine, taken from the target. It sends once, never again, and follows
 * nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/http/http1.h"
#include "load/http/http1_request.h"
#include "load/net/events.h"
#include "load/net/rest.h"
#include "load/net/transport.h"

enum { EVENTS = 256, IN_MAX = 64 * 1024 };

enum line_state {
    LINE_CLOSED,
    LINE_CONNECTING, /* its request waits */
    LINE_WRITING,    /* a part of its request did not fit into the socket */
    LINE_READING,    /* its request is out */
    LINE_IDLE,       /* open, without a request */
};

struct line {
    struct exchange *exchange; /* NULL while closed or idle */
    struct http1 http1;
    int fd;
    enum line_state state;
    struct rest unsent;  /* of the request: while connecting, or when the socket is full */
    struct rest unknown; /* of the response: what the parser has not taken yet */
};

struct http1_transport {
    struct transport base;
    struct http1_request *requests; /* one an instance of the service */
    size_t instances;
    struct line *lines; /* of each connection one an instance: none is closed to ask another */
    bool ended;         /* a request has ended outside of turn */
    char *out, *in;     /* of all lines in turn, so that they stay in the cache; owned */
    size_t out_used;    /* while requests are held, out keeps all of them */
};

static struct http1_transport *own(struct transport *transport)
{
    return (struct http1_transport *)transport;
}

static size_t instance_of(const struct exchange *exchange)
{
    return exchange->record->instance ? exchange->record->instance - 1U : 0;
}

static struct line *line_of(const struct http1_transport *transport,
                            const struct exchange *exchange)
{
    return &transport->lines[exchange->place * transport->instances + instance_of(exchange)];
}

static size_t count_lines(const struct http1_transport *transport)
{
    return transport->base.connections_count * transport->instances;
}

static void close_line(struct http1_transport *transport, struct line *line)
{
    if (line->fd >= 0)
        connection_close(transport->base.carrier, line->fd);
    line->fd = -1;
    line->state = LINE_CLOSED;
    line->exchange = NULL;
}

static void watch(struct http1_transport *transport, struct line *line, int operation,
                  uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = line};
    epoll_ctl(transport->base.epoll, operation, line->fd, &event);
}

static const struct outcome done = {.cause = CAUSE_NONE, .reason = "answered"};
static const struct outcome closed = {
    .cause = CAUSE_CLOSED, .reason = "the target closed it", .hint = OUTCOME_CLOSES};
static const struct outcome garbage = {.cause = CAUSE_GARBAGE, .reason = "the answer is not HTTP"};
static const struct outcome no_memory = {.cause = CAUSE_OTHER, .reason = "out of memory"};

/* The request has come to an end, and with it the connection unless it can carry another. */
static void end(struct http1_transport *transport, struct line *line, struct outcome outcome)
{
    struct exchange *exchange = line->exchange;
    transport->ended = true;
    outcome.status = line->http1.status;
    /* One that answered before it had the whole request waits for bytes that never come. */
    bool reusable = line->http1.keeps && line->state == LINE_READING && !line->unknown.length;
    if (outcome.cause == CAUSE_NONE && reusable) {
        line->exchange = NULL;
        line->state = LINE_IDLE;
    } else {
        close_line(transport, line);
    }
    exchange_end(exchange, &outcome);
}

static void fail(struct http1_transport *transport, struct line *line, enum request_cause cause,
                 int error)
{
    end(transport, line, (struct outcome){.cause = cause, .reason = strerrordesc_np(error)});
}

static void fail_to_connect(struct http1_transport *transport, struct line *line, int error)
{
    fail(transport, line, error == ECONNREFUSED ? CAUSE_REFUSED : CAUSE_CONNECT, error);
}

/* Sends what the socket takes, and watches for room when that is not all. The bytes are the
 * connection's rest, or become it. */
static void write_out(struct http1_transport *transport, struct line *line, const char *bytes,
                      size_t length)
{
    ssize_t sent = send(line->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) {
        fail(transport, line, CAUSE_RESET, errno);
        return;
    }
    size_t taken = sent > 0 ? (size_t)sent : 0;
    if (taken == length && line->state == LINE_WRITING)
        watch(transport, line, EPOLL_CTL_MOD, EPOLLIN);
    if (taken == length) {
        line->state = LINE_READING;
        return;
    }
    if (!rest_keep(&line->unsent, bytes + taken, length - taken)) {
        end(transport, line, no_memory);
        return;
    }
    if (line->state != LINE_WRITING)
        watch(transport, line, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    line->state = LINE_WRITING;
}

static void begin_writing(struct http1_transport *transport, struct line *line, const char *bytes,
                          size_t length)
{
    line->state = LINE_READING; /* what it is when all fits, as it does */
    exchange_send(line->exchange);
    write_out(transport, line, bytes, length);
}

/* A unix socket whose backlog is full refuses who does not wait, as no client does. */
static int open_socket(const struct target *target)
{
    const struct timeval patience = {.tv_sec = 5};
    int fd = target_socket(target, target->local ? 0 : SOCK_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return fd;
}

static void open_line(struct http1_transport *transport, struct line *line, size_t length)
{
    const struct target *target =
        &transport->requests[instance_of(line->exchange)].instance->target;
    line->state = LINE_CONNECTING;
    if (!rest_keep(&line->unsent, transport->out, length)) {
        end(transport, line, no_memory);
        return;
    }
    line->fd = open_socket(target);
    if (line->fd < 0) {
        fail_to_connect(transport, line, errno);
        return;
    }
    if (!connect(line->fd, (const struct sockaddr *)&target->address, target->address_length) ||
        errno == EINPROGRESS)
        watch(transport, line, EPOLL_CTL_ADD, EPOLLOUT);
    else
        fail_to_connect(transport, line, errno);
}

/* Idle, and closed by the target or talking out of turn. */
static void give_up(struct http1_transport *transport, struct line *line)
{
    transport->base.carrier->answers->unasked++;
    close_line(transport, line);
}

/* What came too early for the next request is not its answer. */
static bool is_clean(const struct line *line)
{
    char byte;
    return recv(line->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* A connection that was opened ahead is as one that has answered before. */
static void adopt(struct http1_transport *transport, struct line *line,
                  struct connection *connection)
{
    line->fd = connection->fd;
    line->state = LINE_IDLE;
    connection->dialed = false;
    watch(transport, line, EPOLL_CTL_ADD, EPOLLIN);
}

static void encode(struct http1_transport *transport, struct line *line,
                   const struct template_values *values)
{
    const struct holder *holder = transport->base.carrier->holder;
    const struct connection *connection = line->exchange->connection;
    char *bytes = transport->out + transport->out_used;
    struct encoded encoded = {.bytes = bytes, .fd = line->fd};
    encoded.length = http1_request_write(&transport->requests[instance_of(line->exchange)], values,
                                         bytes, &encoded.ahead);
    encoded.ahead--; /* without the end of its head no request begins */
    transport->out_used += encoded.length;
    line->exchange->state = EXCHANGE_HELD;
    line->state = LINE_READING;
    holder->take(holder->context, connection, &encoded);
}

static void start(struct transport *base, struct exchange *exchange,
                  const struct template_values *values)
{
    struct http1_transport *transport = own(base);
    struct line *line = line_of(transport, exchange);
    const struct connection *ahead = exchange->connection;
    if (line->state == LINE_IDLE && !is_clean(line))
        give_up(transport, line);
    if (line->state == LINE_CLOSED && ahead->dialed &&
        ahead->instance == exchange->record->instance)
        adopt(transport, line, exchange->connection);
    line->exchange = exchange;
    line->unknown.length = 0;
    http1_start(&line->http1);
    if (base->carrier->holder) {
        encode(transport, line, values);
        return;
    }
    size_t head, length = http1_request_write(&transport->requests[instance_of(line->exchange)],
                                              values, transport->out, &head);
    if (line->state == LINE_IDLE)
        begin_writing(transport, line, transport->out, length);
    else
        open_line(transport, line, length);
}

static void drop(struct transport *base, struct exchange *exchange)
{
    close_line(own(base), line_of(own(base), exchange));
}

static void finish_connect(struct http1_transport *transport, struct line *line)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    if (error) {
        fail_to_connect(transport, line, error);
        return;
    }
    watch(transport, line, EPOLL_CTL_MOD, EPOLLIN);
    begin_writing(transport, line, line->unsent.bytes, line->unsent.length);
}

/* The bytes are the connection's rest with what has come now behind it, or only the latter. */
static void take_in(struct http1_transport *transport, struct line *line, const char *bytes,
                    size_t count)
{
    const struct http1_events events = {
        .header = exchange_take_header,
        .body = exchange_take_body,
        .context = line->exchange,
    };
    exchange_first_byte(line->exchange);
    size_t taken = http1_take(&line->http1, bytes, count, &events);
    bool kept = rest_keep(&line->unknown, bytes + taken, count - taken);
    if (line->http1.state == HTTP1_DONE)
        end(transport, line, done);
    else if (!kept)
        end(transport, line, no_memory);
    else if (line->http1.state == HTTP1_BROKEN || count - taken == IN_MAX)
        end(transport, line, garbage);
}

static void read_in(struct http1_transport *transport, struct line *line)
{
    struct rest *rest = &line->unknown;
    /* What is left of an answer goes before its next part. */
    if (rest->length)
        memcpy(transport->in, rest->bytes, rest->length);
    ssize_t got = recv(line->fd, transport->in + rest->length, IN_MAX - rest->length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (!line->exchange) {
        give_up(transport, line);
    } else if (got < 0) {
        fail(transport, line, CAUSE_RESET, errno);
    } else if (got == 0) {
        line->http1.keeps = false;
        end(transport, line, http1_ends_well(&line->http1) ? done : closed);
    } else {
        take_in(transport, line, transport->in, rest->length + (size_t)got);
    }
}

static void handle(struct http1_transport *transport, struct line *line, uint32_t events)
{
    if (line->state == LINE_CONNECTING) {
        finish_connect(transport, line);
        return;
    }
    if (line->state == LINE_WRITING && (events & EPOLLOUT))
        write_out(transport, line, line->unsent.bytes, line->unsent.length);
    if (line->fd >= 0 && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        read_in(transport, line);
}

static void turn(struct transport *base, ns_t span)
{
    struct http1_transport *transport = own(base);
    struct epoll_event events[EVENTS];
    int got = events_wait(transport->base.epoll, events, EVENTS, transport->ended ? 0 : span);
    for (int i = 0; i < got; i++) {
        struct line *line = events[i].data.ptr;
        if (line && line->fd >= 0)
            handle(transport, line, events[i].events);
    }
    transport->ended = false; /* the caller looks for free exchanges before it comes back */
}

static size_t files(const struct message *message, size_t connections, bool held)
{
    (void)held;
    return connections * message->instances_count;
}

static int open_transport(struct transport *base, struct err *err)
{
    struct http1_transport *transport = own(base);
    const struct message *message = base->carrier->setup->message;
    transport->base.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (transport->base.epoll < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "epoll");
    size_t room;
    int rc = http1_requests_new(message, &transport->requests, &room, err);
    if (rc)
        return rc;
    transport->instances = message->instances_count;
    size_t count = count_lines(transport);
    transport->lines = calloc(count + 1, sizeof *transport->lines);
    transport->out = malloc(base->carrier->holder ? room * (base->connections_count + 1) : room);
    transport->in = malloc(IN_MAX);
    if (!transport->lines || !transport->out || !transport->in)
        return err_set(err, ERR_MEMORY, "no memory for %zu connections", count);
    for (size_t i = 0; i < count; i++) {
        transport->lines[i].fd = -1;
        transport->lines[i].http1.no_body = message_is_head(message);
    }
    return 0;
}

static void close_transport(struct transport *base)
{
    struct http1_transport *transport = own(base);
    for (size_t i = 0; transport->lines && i < count_lines(transport); i++) {
        struct line *line = &transport->lines[i];
        close_line(transport, line);
        free(line->unsent.bytes);
        free(line->unknown.bytes);
    }
    if (transport->base.epoll >= 0)
        close(transport->base.epoll);
    http1_requests_free(transport->requests, transport->instances);
    free(transport->lines);
    free(transport->out);
    free(transport->in);
}

const struct transport_ops transport_http1 = {
    .name = "plain HTTP/1.1",
    .size = sizeof(struct http1_transport),
    .uses = TRANSPORT_SATURATED,
    .carries = http1_request_fits,
    .files = files,
    .open = open_transport,
    .close = close_transport,
    .start = start,
    .drop = drop,
    .turn = turn,
};
