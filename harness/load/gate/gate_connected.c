#include "load/gate/gate.h"

static int keep(struct held *held, const struct encoded *encoded)
{
    return gate_send_ahead(held, encoded, 0);
}

const struct gate_ops gate_connected = {
    .gate = GATE_CONNECTED,
    .holds = true,
    .keep = keep,
    .open = gate_send_rest,
};

/* The same: the transport encodes the requests of a connection as one write. */
const struct gate_ops gate_one_write = {
    .gate = GATE_ONE_WRITE,
    .holds = true,
    .keep = keep,
    .open = gate_send_rest,
};

/* Staged like `connected`; the release stops the target first, lets all requests go into its socket
 * buffers, and continues it: see release.c. */
const struct gate_ops gate_freeze = {
    .gate = GATE_FREEZE,
    .holds = true,
    .freezes = true,
    .keep = keep,
    .open = gate_send_rest,
};
