#include "load/gate/gate_capture.h"

/* Staged like `connected`; the release stops the target first, lets all requests go into its socket
 * buffers, and continues it: see release.c. */
const struct gate_ops gate_freeze = {
    .gate = GATE_FREEZE,
    .holds = true,
    .freezes = true,
    .catch_request = gate_capture_catch,
    .keep = gate_capture_keep,
    .open = gate_capture_open,
};
