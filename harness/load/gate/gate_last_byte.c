#include "load/gate/gate.h"

static int keep(struct held *held, const struct encoded *encoded)
{
    return gate_send_ahead(held, encoded, encoded->ahead);
}

/* A handler that has begun at the head and does not wait for the body answers by then, or soon. */
const struct gate_ops gate_last_frame = {
    .gate = GATE_LAST_FRAME,
    .holds = true,
    .splits = true,
    .quiet = 300 * NS_PER_MS,
    .keep = keep,
    .open = gate_send_rest,
};

const struct gate_ops gate_last_byte = {
    .gate = GATE_LAST_BYTE,
    .holds = true,
    .keep = keep,
    .open = gate_send_rest,
};
