#include "model/gate.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"

const char *const gate_words[] = {
    [GATE_AUTO] = "auto",           [GATE_CORKED] = "corked",
    [GATE_LAST_BYTE] = "last-byte", [GATE_CONNECTED] = "connected",
    [GATE_NONE] = "none",           [GATE_FREEZE] = "freeze",
    [GATE_COLD] = "cold",           NULL,
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

/* From tests/bench/arrival and tests/bench/window. Corked and last-byte are equally tight, but a
 * cork leaks after 200 ms, which staging can outlast on a busy machine. With real-time priority
 * nothing interrupts the release (6 ms for 1000 on two cores). Without it the target takes the
 * cores in the middle of it (8 to 30 ms): a target of our own is then stopped meanwhile, which
 * makes the requests arrive all at once and shows the same windows. Stopping is not the first
 * choice, because a system call that is interrupted by it may end early (signal(7), EINTR). */
static const struct {
    struct gate_facts facts;
    enum gate gate;
    const char *why;
} choices[] = {
    {{.urgent = true, .own = true}, GATE_LAST_BYTE, "released with real-time priority"},
    {{.urgent = true, .own = false}, GATE_LAST_BYTE, "released with real-time priority"},
    {{.urgent = false, .own = true},
     GATE_FREEZE,
     "no real-time priority here, and the target's processes are this run's own"},
    {{.urgent = false, .own = false},
     GATE_LAST_BYTE,
     "no real-time priority here, and the target is not this run's own to stop"},
};

enum gate gate_choose(enum gate asked, const struct gate_facts *facts, char *ret_reason,
                      size_t size)
{
    for (size_t i = 0; asked == GATE_AUTO && i < sizeof choices / sizeof *choices; i++) {
        if (choices[i].facts.urgent != facts->urgent || choices[i].facts.own != facts->own)
            continue;
        snprintf(ret_reason, size, "%s: %s", gate_name(choices[i].gate), choices[i].why);
        return choices[i].gate;
    }
    snprintf(ret_reason, size, "asked for by the scenario");
    return asked;
}
