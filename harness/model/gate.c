#include "model/gate.h"

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
    /* A cork holds for 200 ms and staging 5000 requests takes about 100 ms a thread on a quiet
     * machine: up to 2000 leave room for a busy one. */
    enum { CORK_HOLDS = 2000 };
    if (asked != GATE_AUTO) {
        snprintf(ret_reason, size, "asked for by the scenario");
        return asked;
    }
    if (tls) {
        snprintf(ret_reason, size, "last-byte: the target speaks TLS");
        return GATE_LAST_BYTE;
    }
    if (requests > CORK_HOLDS) {
        snprintf(ret_reason, size, "last-byte: more than %d requests outlast the cork's 200 ms",
                 CORK_HOLDS);
        return GATE_LAST_BYTE;
    }
    snprintf(ret_reason, size, "corked: up to %d requests are staged well within 200 ms",
             CORK_HOLDS);
    return GATE_CORKED;
}
