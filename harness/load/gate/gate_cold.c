#include <errno.h>
#include <sys/socket.h>

#include "load/gate/gate.h"

/* What is let go is the connection itself: the bytes are the target's address. */
static int keep(struct held *held, const struct encoded *encoded)
{
    return gate_send_ahead(held, encoded, 0);
}

static void connect_now(struct held *held)
{
    const struct sockaddr *address = (const struct sockaddr *)(const void *)held->rest;
    if (connect(held->fd, address, held->length) && errno != EINPROGRESS)
        held->error = errno;
}

const struct gate_ops gate_cold = {
    .gate = GATE_COLD,
    .holds = true,
    .connects = true,
    .keep = keep,
    .open = connect_now,
};
