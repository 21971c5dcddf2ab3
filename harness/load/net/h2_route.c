/* The connections of HTTP/2: opened, spoken over, lost. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load/net/h2_parts.h"

/* ---- what becomes of a request ---- */

void line_detach(struct line *line)
{
    line->route->attached--;
    line->route->waiting -= line->waits;
    line->route = NULL;
    line->waits = false;
}

static void end(struct line *line, const struct outcome *outcome)
{
    struct exchange *exchange = line->exchange;
    line->route->transport->ended = true;
    /* What the target says it has not looked at is as if it had never left. */
    if (outcome->cause == CAUSE_UNPROCESSED)
        exchange->state = EXCHANGE_STARTED;
    line_detach(line);
    exchange_end(exchange, outcome);
}

static void on_leaves(struct h2_stream *stream)
{
    struct exchange *exchange = ((struct line *)stream)->exchange;
    if (exchange->carrier->holder)
        exchange->state = EXCHANGE_HELD;
    else
        exchange_send(exchange);
}

/* A request that is not released yet has no answer. */
static void on_header(struct h2_stream *stream, const char *text, size_t length)
{
    static const struct outcome early = {.cause = CAUSE_NONE, .reason = "answered"};
    struct line *line = (struct line *)stream;
    if (line->exchange->state != EXCHANGE_SENT) {
        h2_link_cancel(&line->route->link, stream);
        end(line, &early);
        return;
    }
    exchange_first_byte(line->exchange);
    exchange_take_header(line->exchange, text, length);
}

static void on_body(struct h2_stream *stream, const char *bytes, size_t length)
{
    exchange_take_body(((struct line *)stream)->exchange, bytes, length);
}

static void on_over(struct h2_stream *stream, const struct outcome *outcome)
{
    end((struct line *)stream, outcome);
}

static const struct h2_events events_of_streams = {on_leaves, on_header, on_body, on_over};

/* ---- connections ---- */

void route_close(struct route *route)
{
    struct connection *connection = route->connection;
    if (route->link.state == H2_CLOSED)
        return;
    h2_link_leave(&route->link);
    connection_close(route->transport->base.carrier, route->link.fd);
    if (connection->fd == route->link.fd)
        connection->fd = -1;
    h2_link_close(&route->link);
    route->awaits_room = false;
}

void route_free(struct route *route)
{
    route_close(route);
    free(route->held);
    route->held = NULL;
}

static void open_route(struct route *route);

void route_lose(struct route *route, struct outcome why)
{
    struct h2_transport *transport = route->transport;
    const struct connection *connection = route->connection;
    bool again = route->link.going && !h2_holder_of(route);
    for (uint32_t i = 0; i < connection->count; i++) {
        struct line *line = &transport->lines[connection->first + i];
        if (line->route != route || (line->waits && again))
            continue;
        line->stream.id = 0;
        end(line, &why);
    }
    route_close(route);
    if (route->waiting)
        open_route(route);
}

static void watch(struct route *route, int operation, bool writes)
{
    struct epoll_event event = {.events = writes ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = route};
    epoll_ctl(route->transport->base.epoll, operation, route->link.fd, &event);
    route->awaits_room = writes;
}

bool route_write(struct route *route)
{
    if (!h2_link_write(&route->link)) {
        route_lose(route, route->link.lost);
        return false;
    }
    bool full = h2_link_is_full(&route->link);
    if (full != route->awaits_room)
        watch(route, EPOLL_CTL_MOD, full);
    return true;
}

void route_submit(struct route *route, bool withheld)
{
    struct h2_transport *transport = route->transport;
    const struct connection *connection = route->connection;
    for (uint32_t i = 0; i < connection->count && !route->link.going; i++) {
        struct line *line = &transport->lines[connection->first + i];
        if (line->route != route || !line->waits)
            continue;
        line->stream.withheld = withheld;
        if (!h2_link_submit(&route->link, &line->stream, &line->fields))
            break;
        line->waits = false;
        route->waiting--;
    }
}

static const struct target *target_of(const struct route *route)
{
    size_t instance = (size_t)(route - route->transport->routes) % route->transport->instances;
    return &route->transport->requests[instance].instance->target;
}

static void begin(struct route *route)
{
    struct h2_link *link = &route->link;
    if (h2_link_begin(link, link->fd, route->transport->context, target_of(route),
                      &events_of_streams)) {
        if (route_write(route))
            route_go_ahead(route);
    } else {
        route_lose(route, link->lost);
    }
}

static void fail_to_connect(struct route *route, int error)
{
    route_lose(route,
               (struct outcome){.cause = error == ECONNREFUSED ? CAUSE_REFUSED : CAUSE_CONNECT,
                                .reason = strerrordesc_np(error)});
}

/* As a client of one request does: a unix socket whose backlog is full is waited for. */
static int connect_to(const struct target *target, int *ret_fd)
{
    const struct timeval patience = {.tv_sec = 5};
    int fd = *ret_fd = target_socket(target, target->local ? 0 : SOCK_NONBLOCK);
    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const struct sockaddr *address = (const struct sockaddr *)&target->address;
    return connect(fd, address, target->address_length) ? errno : 0;
}

static void open_route(struct route *route)
{
    struct connection *connection = route->connection;
    size_t instance = (size_t)(route - route->transport->routes) % route->transport->instances;
    bool dialed =
        connection->dialed && (connection->instance ? connection->instance - 1U : 0) == instance;
    int fd = connection->fd;
    int error = dialed ? 0 : connect_to(target_of(route), &fd);
    route->link.fd = fd;
    route->link.state = fd < 0 ? H2_CLOSED : H2_CONNECTING;
    connection->dialed = connection->dialed && !dialed;
    if (error && error != EINPROGRESS) {
        fail_to_connect(route, error);
        return;
    }
    watch(route, EPOLL_CTL_ADD, error != 0);
    if (!error)
        begin(route);
}

static void finish_connect(struct route *route)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(route->link.fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    if (error)
        fail_to_connect(route, error);
    else
        begin(route);
}

void route_go_ahead(struct route *route)
{
    struct h2_link *link = &route->link;
    if (link->state == H2_CLOSED && route->waiting)
        open_route(route);
    if (link->state != H2_OPEN || link->mute)
        return;
    if (!h2_holder_of(route)) {
        route_submit(route, false);
        route_write(route);
    } else if (h2_link_is_settled(link) && route->waiting == route->connection->count &&
               route_write(route) && !h2_link_is_full(link)) {
        h2_hold(route);
    }
}

void route_refresh(struct route *route)
{
    if (route->attached || route->link.state != H2_OPEN || h2_holder_of(route))
        return;
    if (!h2_link_read(&route->link, route->transport->in, H2_IN_MAX) || route->link.going)
        route_close(route);
}

void route_handle(struct route *route, uint32_t events)
{
    struct h2_link *link = &route->link;
    if (link->state == H2_CONNECTING) {
        finish_connect(route);
        return;
    }
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) &&
        !h2_link_read(link, route->transport->in, H2_IN_MAX)) {
        route_lose(route, link->lost);
        return;
    }
    route_go_ahead(route);
    if (link->state == H2_SHAKING || (link->state == H2_OPEN && h2_holder_of(route)))
        route_write(route);
}

void route_look(struct route *route)
{
    if (route->link.state == H2_OPEN &&
        !h2_link_read(&route->link, route->transport->in, H2_IN_MAX))
        route_lose(route, route->link.lost);
}

void route_wake(struct route *route)
{
    watch(route, EPOLL_CTL_MOD, true);
}
