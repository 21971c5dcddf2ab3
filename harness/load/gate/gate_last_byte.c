#include "load/gate/gate.h"

static int keep(struct held *held, const struct encoded *encoded)
{
    return gate_send_ahead(held, encoded, encoded->ahead);
}

const struct gate_ops gate_last_byte = {
    .gate = GATE_LAST_BYTE,
    .holds = true,
    .keep = keep,
    .open = gate_send_rest,
};
