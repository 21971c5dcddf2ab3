#include "load/net/transport.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "load/net/crowd.h"

/* In the order in which they are asked. */
static const struct transport_ops *const table[] = {&transport_h2, &transport_http1,
                                                    &transport_curl};

enum { TRANSPORTS = sizeof table / sizeof *table };

int transport_begin(struct err *err)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < TRANSPORTS; i++)
        rc = table[i]->begin ? table[i]->begin(err) : 0;
    return rc;
}

void transport_finish(void)
{
    for (size_t i = 0; i < TRANSPORTS; i++)
        if (table[i]->finish)
            table[i]->finish();
}

int transport_meet(struct message *message, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < TRANSPORTS; i++)
        rc = table[i]->meet ? table[i]->meet(message, err) : 0;
    return rc;
}

unsigned transport_streams(const struct transport_ops *ops, const struct message *message,
                           bool held)
{
    return ops->streams ? ops->streams(message, held) : 1;
}

const struct transport_ops *transport_find(const struct message *message, enum transport_use use)
{
    /* libcurl 7.88 connects a unix socket once more that is connected already. */
    bool any = message->request->socket != NULL;
    for (size_t i = 0; i < TRANSPORTS; i++)
        if ((any || (table[i]->uses & use)) && table[i]->carries(message))
            return table[i];
    return &transport_curl;
}

int connection_close(const struct carrier *carrier, int fd)
{
    const struct linger how = {.l_onoff = carrier->holder != NULL}; /* at once, or as usual */
    if (carrier->crowd)
        crowd_leave(carrier->crowd, fd);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof how);
    return close(fd);
}

static int make_exchanges(struct transport *transport, size_t count, struct err *err)
{
    const struct carrier *carrier = transport->carrier;
    unsigned streams = transport->streams =
        transport_streams(transport->ops, carrier->setup->message, carrier->holder != NULL);
    size_t connections = (count + streams - 1) / streams;
    transport->connections = calloc(connections + 1, sizeof *transport->connections);
    transport->exchanges = calloc(count + 1, sizeof *transport->exchanges);
    if (!transport->connections || !transport->exchanges)
        return err_set(err, ERR_MEMORY, "no memory for %zu exchanges", count);
    for (; transport->connections_count < connections; transport->connections_count++)
        transport->connections[transport->connections_count] = (struct connection){
            .fd = -1,
            .place = (uint32_t)transport->connections_count,
            .first = (uint32_t)transport->connections_count * streams,
        };
    for (size_t i = 0; i < count; i++) {
        struct connection *connection = &transport->connections[i / streams];
        int rc = exchange_init(&transport->exchanges[i], transport->carrier, (uint32_t)i, err);
        transport->exchanges_count++;
        if (rc)
            return rc;
        transport->exchanges[i].connection = connection;
        connection->count++;
    }
    return 0;
}

static void free_transport(struct transport *transport)
{
    for (size_t i = 0; i < transport->connections_count; i++)
        if (transport->connections[i].dialed)
            close(transport->connections[i].fd);
    for (size_t i = 0; i < transport->exchanges_count; i++)
        exchange_free(&transport->exchanges[i]);
    free(transport->connections);
    free(transport->exchanges);
    free(transport);
}

int transport_open(const struct transport_ops *ops, struct carrier *carrier, size_t exchanges,
                   struct transport **ret_transport, struct err *err)
{
    struct transport *transport = calloc(1, ops->size);
    if (!transport)
        return err_set(err, ERR_MEMORY, "out of memory");
    transport->ops = ops;
    transport->carrier = carrier;
    int rc = make_exchanges(transport, exchanges, err);
    if (rc) {
        free_transport(transport);
        return rc;
    }
    rc = ops->open(transport, err);
    if (rc)
        transport_close(transport);
    else
        *ret_transport = transport;
    return rc;
}

void transport_close(struct transport *transport)
{
    if (!transport)
        return;
    transport->ops->close(transport);
    free_transport(transport);
}

const struct target *connection_target(const struct transport *transport,
                                       const struct connection *connection)
{
    const struct message *message = transport->carrier->setup->message;
    return &message->instances[connection->instance ? connection->instance - 1U : 0].target;
}

int transport_dial(struct transport *transport, size_t count, ns_t deadline,
                   struct dial_tally *ret_tally, struct err *err)
{
    const struct setup *setup = transport->carrier->setup;
    if (count > transport->connections_count)
        count = transport->connections_count;
    _cleanup_free_ int *fds = calloc(count + 1, sizeof *fds);
    _cleanup_free_ const struct target **targets = calloc(count + 1, sizeof *targets);
    if (!fds || !targets)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        targets[i] = connection_target(transport, &transport->connections[i]);
    *ret_tally = (struct dial_tally){0};
    dial_all(targets, fds, count, deadline, &setup->progress->stop, ret_tally);
    for (size_t i = 0; i < count; i++) {
        transport->connections[i].fd = fds[i];
        transport->connections[i].dialed = fds[i] >= 0;
    }
    return 0;
}
