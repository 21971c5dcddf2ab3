#include "load/gate/gate.h"

const struct gate_ops gate_none = {.gate = GATE_NONE};
