/* The freezer: stops and continues the processes that serve the target, for GATE_FREEZE. NULL
 * calls: not possible, the gate is then refused with ERR_USAGE. @thread driver. */
#ifndef LOAD_FREEZER_H
#define LOAD_FREEZER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct load_freezer {
    int (*freeze)(void *context, struct err *err);
    int (*thaw)(void *context, struct err *err);
    void *context;
    /* Does stopping them stop whoever listens on this port? NULL: no. */
    bool (*owns)(void *context, uint16_t port);
};

#endif
