#include "model/gate.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"

const char *const gate_words[] = {
    [GATE_AUTO] = "auto",
    [GATE_CORKED] = "corked",
    [GATE_LAST_BYTE] = "last-byte",
    [GATE_CONNECTED] = "connected",
    [GATE_NONE] = "none",
    [GATE_FREEZE] = "freeze",
    [GATE_COLD] = "cold",
    [GATE_ONE_WRITE] = "one-write",
    [GATE_LAST_FRAME] = "last-frame",
    NULL,
};

const char *gate_name(enum gate gate)
{
    return gate_words[gate];
}

int gate_find(const char *name)
{
    return words_find(gate_words, name);
}

bool gate_freezes(const char *name)
{
    return !strcmp(name, gate_words[GATE_FREEZE]);
}

bool gate_connects(const char *name)
{
    return !strcmp(name, gate_words[GATE_COLD]);
}

/* From tests/bench/arrival and tests/bench/window; of HTTP/2 from tests/bench/http2
 * (docs/http2.md): one-write holds for every server, last-frame is hardly narrower and most servers
 * begin before it. Corked and last-byte are equally tight, but a cork leaks after 200 ms, which
 * staging can outlast on a busy machine. With real-time priority nothing interrupts the release (6
 * ms for 1000 on two cores). Without it the target takes the cores in the middle of it (8 to 30
 * ms): a target of our own is then stopped meanwhile, which makes the requests arrive all at once
 * and shows the same windows. Stopping is not the first choice, because a system call that is
 * interrupted by it may end early (signal(7), EINTR). */
static const struct {
    struct gate_facts facts;
    enum gate gate;
    const char *why;
} choices[] = {
    {{.frames = true}, GATE_ONE_WRITE, "HTTP/2, the requests of a connection leave at once"},
    {{.urgent = true, .own = true}, GATE_LAST_BYTE, "released with real-time priority"},
    {{.urgent = true, .own = false}, GATE_LAST_BYTE, "released with real-time priority"},
    {{.urgent = false, .own = true},
     GATE_FREEZE,
     "no real-time priority here, and the target's processes are this run's own"},
    {{.urgent = false, .own = false},
     GATE_LAST_BYTE,
     "no real-time priority here, and the target is not this run's own to stop"},
};

bool gate_splits(const char *name)
{
    return !strcmp(name, gate_words[GATE_LAST_FRAME]);
}

bool gate_frames(enum gate gate)
{
    return gate == GATE_ONE_WRITE || gate == GATE_LAST_FRAME;
}

enum gate gate_choose(enum gate asked, const struct gate_facts *facts, char *ret_reason,
                      size_t size)
{
    for (size_t i = 0; asked == GATE_AUTO && i < sizeof choices / sizeof *choices; i++) {
        const struct gate_facts *row = &choices[i].facts;
        bool same = row->urgent == facts->urgent && row->own == facts->own;
        if (row->frames != facts->frames || !(same || row->frames))
            continue;
        snprintf(ret_reason, size, "%s: %s", gate_name(choices[i].gate), choices[i].why);
        return choices[i].gate;
    }
    snprintf(ret_reason, size, "asked for by the scenario");
    return asked;
}
