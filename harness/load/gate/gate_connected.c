#include "load/gate/gate_capture.h"

const struct gate_ops gate_connected = {
    .gate = GATE_CONNECTED,
    .holds = true,
    .catch_request = gate_capture_catch,
    .keep = gate_capture_keep,
    .open = gate_capture_open,
};
