/* The tally: figures that follow from a history alone. Pure, O(n log n), main thread. */
#ifndef MODEL_TALLY_H
#define MODEL_TALLY_H

#include "base/err.h"
#include "base/hist.h"
#include "model/history.h"

#define TALLY_ALL_PHASES (-1)

struct tally {
    int64_t planned, sent, skipped;
    int64_t accepted, rejected, limited, failed, unknown;
    int64_t causes[CAUSE_COUNT];
    ns_t first_released, last_released;
    ns_t last_response;     /* the latest done of a request that was answered; 0 when none was */
    ns_t spread;            /* last minus first release */
    ns_t spread_doubt;      /* by so much it may be larger: the clocks of several agents; else 0 */
    ns_t spread_p5_p95;     /* between the 5 % and the 95 % release */
    int64_t peak_in_flight; /* sweep over released and done: so many for sure */
    int64_t before_first_answer; /* released before the first answer began */
    ns_t elapsed;                /* first release to last done */
    int64_t decided;             /* told yes or no */
    ns_t decided_span; /* of those: the larger of the p5-to-p95 spans of releases and answers */
};

/* Of one phase, or of all. The identities planned = sent + skipped and sent = accepted + rejected +
 * limited + failed + unknown are checked: ERR_BUG when they do not hold. Errors: ERR_MEMORY,
 * ERR_BUG. */
int tally_make(const struct history *history, int phase, struct tally *ret_tally, struct err *err);

/* Latencies of the answered requests (accepted, rejected, failed with a status), in ns: from the
 * scheduled start, and from the release. Either histogram may be NULL. */
void tally_latency(const struct history *history, int phase, struct hist *scheduled,
                   struct hist *sent);

#endif
