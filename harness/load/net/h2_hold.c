/* Holding back the requests of a connection: one encoding, which ends on whole frames. */
#include <sys/socket.h>

#include "load/net/h2_parts.h"

static void fail_to_hold(struct route *route, const struct outcome *why)
{
    const struct holder *holder = h2_holder_of(route);
    holder->fail(holder->context, why);
}

/* Are all of them bytes, to the end? Else the target takes fewer streams, or less of bodies. */
static bool is_encoded(const struct route *route)
{
    const struct connection *connection = route->connection;
    for (uint32_t i = 0; i < connection->count; i++)
        if (!route->transport->lines[connection->first + i].stream.written)
            return false;
    return true;
}

/* One write has to do at the release. */
static bool make_room(int fd, size_t length)
{
    int room = 0;
    socklen_t size = sizeof room;
    getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size);
    if ((size_t)room >= 2 * length)
        return true;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){(int)(2 * length)}, sizeof(int));
    getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size);
    return (size_t)room >= 2 * length;
}

/* ret_ahead: how much of it may be sent before the release. */
static bool encode_all(struct route *route, bool splits, size_t *ret_ahead)
{
    struct h2_link *link = &route->link;
    const struct connection *connection = route->connection;
    route_submit(route, splits);
    bool fine = h2_link_encode(link) && (!splits || h2_link_ask(link));
    *ret_ahead = splits ? link->out.used : 0;
    for (uint32_t i = 0; splits && i < connection->count; i++)
        h2_link_finish(link, &route->transport->lines[connection->first + i].stream);
    return fine && (!splits || h2_link_encode(link));
}

void h2_hold(struct route *route)
{
    static const struct outcome narrow = {
        .cause = CAUSE_OTHER,
        .reason = "the target takes fewer requests of this size on a connection",
        .hint = "give a smaller request.streams"};
    static const struct outcome lengthy = {
        .cause = CAUSE_OTHER,
        .reason = "this machine sends less at once than a connection holds",
        .hint = "give a smaller request.streams, or a larger net.core.wmem_max"};
    struct h2_link *link = &route->link;
    const struct holder *holder = h2_holder_of(route);
    struct encoded encoded = {.fd = link->fd};
    if (!encode_all(route, holder->splits, &encoded.ahead)) {
        route_lose(route, link->lost);
    } else if (!is_encoded(route)) {
        fail_to_hold(route, &narrow);
    } else if (!make_room(link->fd, link->out.used)) {
        fail_to_hold(route, &lengthy);
    } else {
        /* What TLS has to say of its own goes into another buffer, behind these. */
        encoded.length = link->out.used;
        encoded.bytes = route->held = buf_steal(&link->out);
        link->mute = true;
        holder->take(holder->context, route->connection, &encoded);
    }
}
