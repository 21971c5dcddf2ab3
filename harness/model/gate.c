#include "model/gate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [GATE_AUTO] = "auto",           [GATE_CORKED] = "corked", [GATE_LAST_BYTE] = "last-byte",
    [GATE_CONNECTED] = "connected", [GATE_NONE] = "none",     [GATE_FREEZE] = "freeze",
};

const char *gate_name(enum gate gate)
{
    return names[gate];
}

int gate_find(const char *name)
{
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

enum gate gate_choose(enum gate asked, int64_t requests, bool tls, char *ret_reason, size_t size)
{
    /* Measured side by side (tests/bench/arrival), corked and last-byte release equally tight, but
     * a cork leaks after 200 ms, which staging can outlast on a busy machine. With nothing to gain
     * from the cork, the gate that always holds is the tightest that holds. */
    if (asked != GATE_AUTO) {
        snprintf(ret_reason, size, "asked for by the scenario");
        return asked;
    }
    snprintf(ret_reason, size,
             "last-byte: holds %" PRId64 " requests%s for as long as staging takes, released as "
             "tight as corked",
             requests, tls ? " over TLS" : "");
    return GATE_LAST_BYTE;
}
