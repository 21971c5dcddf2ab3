#include "load/gate/gate.h"

static const struct gate_ops *const table[] = {
    [GATE_CORKED] = &gate_corked,       [GATE_LAST_BYTE] = &gate_last_byte,
    [GATE_CONNECTED] = &gate_connected, [GATE_NONE] = &gate_none,
    [GATE_FREEZE] = &gate_freeze,
};

const struct gate_ops *gate_find_ops(enum gate gate)
{
    return table[gate];
}
