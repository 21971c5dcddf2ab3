/* The ways in which requests of HTTP/2 are sent, and what is to come of them. Include from one test
 * file each. */
#ifndef UNIT_H2_WAYS_H
#define UNIT_H2_WAYS_H

#include <criterion/criterion.h>

#include "h2_target.h"
#include "load/phases/phase.h"

static const struct way {
    const char *name;
    enum gate gate; /* of a burst */
    enum load_kind kind;
    int64_t streams;
} ways[] = {
    {"burst, one write", GATE_ONE_WRITE, LOAD_BURST, 4},
    {"burst, one write, a stream each", GATE_ONE_WRITE, LOAD_BURST, 1},
    {"burst, last frame", GATE_LAST_FRAME, LOAD_BURST, 4},
    {"burst, corked", GATE_CORKED, LOAD_BURST, 4},
    {"burst, last byte", GATE_LAST_BYTE, LOAD_BURST, 3},
    {"burst, connected", GATE_CONNECTED, LOAD_BURST, 0},
    {"burst, no gate", GATE_NONE, LOAD_BURST, 0},
    {"burst, cold", GATE_COLD, LOAD_BURST, 2},
    {"closed", GATE_AUTO, LOAD_CLOSED, 2},
    {"waves", GATE_AUTO, LOAD_WAVES, 0},
};

enum { WAYS = sizeof ways / sizeof *ways };

static inline struct rig *rig_h2(int port, const struct way *way, int64_t requests)
{
    struct rig *rig = rig_new(port);
    rig->scenario.request.http2 = HTTP2_KNOWN;
    rig->scenario.request.streams = way->streams;
    rig->phases[0].burst.requests = requests;
    rig->phases[0].burst.gate = way->gate;
    if (way->kind == LOAD_CLOSED)
        rig->phases[0] =
            (struct spec_phase){LOAD_CLOSED, .closed = {.connections = 2, .requests = requests}};
    else if (way->kind == LOAD_WAVES)
        rig->phases[0] = (struct spec_phase){LOAD_WAVES, .waves = {.waves = 1, .size = requests}};
    return rig;
}

static inline void expect_third_rejected(const struct rig *rig, const char *where)
{
    for (size_t n = 0; n < rig->history.count; n++) {
        const struct request *r = &rig->history.v[n];
        cr_expect_eq(r->cls, r->user % 3 ? CLASS_ACCEPTED : CLASS_REJECTED, "%s, user %lld: %s, %s",
                     where, (long long)r->user, request_class_name(r->cls),
                     request_cause_name(r->cause));
        cr_expect(r->cls != CLASS_ACCEPTED || (r->ranked && r->rank == 7));
        cr_expect(r->first_byte >= r->released && r->done >= r->first_byte, "%s: %lld", where,
                  (long long)r->user);
    }
}

#endif
