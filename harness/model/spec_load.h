/* The rush of a scenario: phases, one after the other. A part of model/spec.h, which says how to
 * read it. */
#ifndef MODEL_SPEC_LOAD_H
#define MODEL_SPEC_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/spec_actions.h"

enum gate {
    GATE_AUTO, /* the tightest that holds for size and target, chosen by gate_choose */
    GATE_CORKED,
    GATE_LAST_BYTE,
    GATE_CONNECTED,
    GATE_NONE,
    GATE_FREEZE,
    GATE_COLD,
    GATE_ONE_WRITE,  /* of HTTP/2 */
    GATE_LAST_FRAME, /* of HTTP/2 */
};

struct spec_require {
    ns_t spread;       /* first to last release; 0: the default of 10 ms */
    int64_t in_flight; /* least peak in flight; 0: the default of 90 % of the burst; -1: any */
};

struct spec_burst {
    int64_t requests;
    enum gate gate;
    ns_t deadline;                /* to stage all of them; default 10 s */
    struct spec_require *require; /* NULL: defaults */
};

struct spec_waves {
    int64_t waves; /* how many */
    int64_t size;  /* requests in each */
    ns_t every;    /* from one to the next */
    ns_t jitter;   /* each request is moved by up to this, seeded; 0: none */
    ns_t *offsets; /* instead of waves/size/every: single requests at these spans after the start */
    unsigned offsets_count;
};

struct spec_rate {
    int64_t rate;        /* requests a second, open model */
    ns_t duration;       /* either this */
    int64_t requests;    /* or this */
    int64_t connections; /* at most; default 1000; a request that finds none free is sent late */
};

struct spec_closed {
    int64_t connections; /* fixed concurrency */
    ns_t duration;
    int64_t requests;
};

struct spec_retry { /* sends again for users that have no decision yet */
    ns_t after;
    int64_t times; /* rounds at most; default 1 */
    int64_t connections;
};

struct spec_pause {
    ns_t span;
};

enum load_kind {
    LOAD_NONE, /* never of a phase that was read */
    LOAD_BURST,
    LOAD_WAVES,
    LOAD_RATE,
    LOAD_CLOSED,
    LOAD_RETRY,
    LOAD_PAUSE,
    LOAD_ACTION,
};

/* Keys of idempotency that were used before, for something else. */
enum key_reuse {
    REUSE_NONE,
    REUSE_PAYLOAD, /* by the same user, who asks for other units */
    REUSE_USER,    /* by a new user */
};

struct spec_phase {
    enum load_kind kind;
    union {
        struct spec_burst burst;
        struct spec_waves waves;
        struct spec_rate rate;
        struct spec_closed closed;
        struct spec_retry retry;
        struct spec_pause pause;
        struct spec_act action;
    };
    bool again; /* the users of the phases before, from the first one on, instead of new ones */
    int reuse;  /* enum key_reuse */
};

/* ---- before it ---- */

/* The real request by users outside the run, and a reset after it. */
struct spec_warmup {
    int64_t requests;    /* default 100 */
    int64_t connections; /* default 10 */
    bool restart;        /* with the stores everything begins anew; default false */
};

/* How many requests a phase makes, those of retries and actions left out; a closed phase with a
 * duration: many.
 */
int64_t spec_phase_requests(const struct spec_phase *phase, int64_t many);

#endif
