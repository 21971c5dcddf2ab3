/* HTTP/2: many exchanges on one connection, each a stream of its own, on one epoll. Over TLS as the
 * target has chosen by ALPN, else with prior knowledge.
 *
 * While requests are held, all streams of a connection are encoded one behind the other once both
 * sides have said hello and every request is there; then the connection is mute until they have
 * left. It sends once, never again, and follows nothing. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "load/net/events.h"
#include "load/net/h2_meet.h"
#include "load/net/h2_parts.h"

enum {
    EVENTS = 256,
    STREAMS_AUTO = 10, /* from tests/bench/http2 */
};

static struct h2_transport *own(struct transport *transport)
{
    return (struct h2_transport *)transport;
}

static size_t instance_of(const struct exchange *exchange)
{
    return exchange->record->instance ? exchange->record->instance - 1U : 0;
}

static size_t count_routes(const struct h2_transport *transport)
{
    return transport->base.connections_count * transport->instances;
}

static void start(struct transport *base, struct exchange *exchange,
                  const struct template_values *values)
{
    struct h2_transport *transport = own(base);
    size_t instance = instance_of(exchange);
    struct route *route =
        &transport->routes[exchange->connection->place * transport->instances + instance];
    struct line *line = &transport->lines[exchange->place];
    static const struct outcome unfit = {
        .cause = CAUSE_OTHER,
        .reason = "a value is none of its field's kind in request.grpc.message",
        .hint = "what do {{name}} and the columns of the feeder stand for there?"};
    route_refresh(route);
    if (!http2_request_write(&transport->requests[instance], values, &line->fields)) {
        transport->ended = true;
        exchange_end(exchange, &unfit);
        return;
    }
    line->route = route;
    line->waits = true;
    route->attached++;
    route->waiting++;
    route_go_ahead(route);
}

/* The stream alone: what else the connection carries goes on. */
static void drop(struct transport *base, struct exchange *exchange)
{
    struct line *line = &own(base)->lines[exchange->place];
    struct route *route = line->route;
    if (!route)
        return;
    bool open = route->link.state == H2_OPEN;
    if (open)
        h2_link_cancel(&route->link, &line->stream);
    line_detach(line);
    if (!open && !route->attached)
        route_close(route);
    else if (open)
        route_wake(route);
}

static void go_on(struct transport *base, struct connection *connection)
{
    struct route *route =
        &own(base)->routes[connection->place * own(base)->instances +
                           (connection->instance ? connection->instance - 1U : 0)];
    route->link.mute = false;
    route_wake(route);
}

static void turn(struct transport *base, ns_t span)
{
    struct h2_transport *transport = own(base);
    struct epoll_event events[EVENTS];
    int got = events_wait(base->epoll, events, EVENTS, transport->ended ? 0 : span);
    for (int i = 0; i < got; i++) {
        struct route *route = events[i].data.ptr;
        if (route && route->link.state != H2_CLOSED)
            route_handle(route, events[i].events);
    }
    transport->ended = false; /* the caller looks for free exchanges before it comes back */
}

static void look(struct transport *base)
{
    struct h2_transport *transport = own(base);
    for (size_t i = 0; i < count_routes(transport); i++)
        route_look(&transport->routes[i]);
}

static bool heard(struct transport *base)
{
    const struct h2_transport *transport = own(base);
    for (size_t i = 0; i < count_routes(transport); i++)
        if (transport->routes[i].held && !transport->routes[i].link.heard)
            return false;
    return true;
}

/* ---- the transport ---- */

static bool carries(const struct message *message)
{
    return message->http2;
}

/* Several instances are asked in turns, so that the requests of one connection would lead to
 * several. */
static unsigned streams(const struct message *message, bool held)
{
    size_t wanted = message->request->streams ? (size_t)message->request->streams
                    : held                    ? STREAMS_AUTO
                                              : 1;
    size_t body = message_body_room(message);
    size_t most = message->peer.streams;
    if (held && body && message->peer.window / body < most)
        most = message->peer.window / body;
    most = message->instances_count > 1 || !most ? 1 : most;
    return (unsigned)(wanted < most ? wanted : most);
}

static size_t files(const struct message *message, size_t connections, bool held)
{
    (void)held;
    return connections * message->instances_count;
}

static int open_lines(struct h2_transport *transport, const struct message *message,
                      struct err *err)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < transport->base.exchanges_count; i++) {
        transport->lines[i].exchange = &transport->base.exchanges[i];
        rc = http2_fields_init(&transport->lines[i].fields, message, err);
    }
    return rc;
}

static int open_transport(struct transport *base, struct err *err)
{
    struct h2_transport *transport = own(base);
    const struct message *message = base->carrier->setup->message;
    base->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (base->epoll < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "epoll");
    transport->instances = message->instances_count;
    size_t count = count_routes(transport);
    transport->requests = calloc(transport->instances, sizeof *transport->requests);
    transport->routes = calloc(count + 1, sizeof *transport->routes);
    transport->lines = calloc(base->exchanges_count + 1, sizeof *transport->lines);
    transport->in = malloc(H2_IN_MAX);
    if (!transport->requests || !transport->routes || !transport->lines || !transport->in)
        return err_set(err, ERR_MEMORY, "no memory for %zu connections", count);
    for (size_t i = 0; i < count; i++) {
        transport->routes[i].transport = transport;
        transport->routes[i].connection = &base->connections[i / transport->instances];
    }
    for (unsigned i = 0; i < transport->instances; i++)
        http2_request_init(&transport->requests[i], message, i);
    int rc = message->tls ? tls_context_new(message, &transport->context, err) : 0;
    return rc ? rc : open_lines(transport, message, err);
}

static void close_transport(struct transport *base)
{
    struct h2_transport *transport = own(base);
    for (size_t i = 0; transport->routes && i < count_routes(transport); i++)
        route_free(&transport->routes[i]);
    for (size_t i = 0; transport->lines && i < base->exchanges_count; i++)
        http2_fields_free(&transport->lines[i].fields);
    if (base->epoll >= 0)
        close(base->epoll);
    SSL_CTX_free(transport->context);
    free(transport->requests);
    free(transport->routes);
    free(transport->lines);
    free(transport->in);
}

const struct transport_ops transport_h2 = {
    .name = "HTTP/2",
    .size = sizeof(struct h2_transport),
    .uses = TRANSPORT_HELD | TRANSPORT_SCHEDULED | TRANSPORT_SATURATED,
    .meet = h2_meet,
    .streams = streams,
    .carries = carries,
    .files = files,
    .open = open_transport,
    .close = close_transport,
    .start = start,
    .drop = drop,
    .look = look,
    .heard = heard,
    .go_on = go_on,
    .turn = turn,
};
