/* Rendezvous: N of N requests at the gate, or an error that says why not. @thread driver. */
#ifndef LOAD_RENDEZVOUS_H
#define LOAD_RENDEZVOUS_H

#include "base/err.h"
#include "load/gate/staging.h"
#include "load/schedule/pool.h"

struct rendezvous {
    struct pool *pool;
    const struct setup *setup;
    const struct transport_ops *transport;
    const struct gate_ops *gate;
    struct request *records;
    size_t count;
    uint32_t first_seq; /* of the records */
    const struct users_plan *users;
    ns_t deadline;
    struct staging *parts; /* one a worker; owned */
    unsigned parts_count;
    int64_t memory;    /* resident bytes that all of it cost; set by rendezvous_stage */
    ns_t first_caught; /* when the first request was held; set by rendezvous_stage */
};

/* Opens all connections, then has every request written and held. On failure nothing was sent that
 * a server could act on, and the connections are closed. Errors: ERR_ENVIRONMENT, ERR_INTERRUPTED,
 * ERR_INVALID (too late to be sure of that).
 * ret_late: staging took longer than the gate can hold; nothing has left, all is closed, another
 * gate is needed (the return value is then 0). */
int rendezvous_stage(struct rendezvous *rendezvous, bool *ret_late, struct err *err)
    __attribute__((warn_unused_result));

/* Has the target taken in what went ahead of the release, as far as it can be asked? What it has
 * said is looked at by rendezvous_check. */
bool rendezvous_heard(const struct rendezvous *rendezvous);

/* Is everybody still there? Asked just before the release; the same errors. */
int rendezvous_check(const struct rendezvous *rendezvous, struct err *err)
    __attribute__((warn_unused_result));

/* Throws the held requests away and makes sure that none of them has left: first_caught is when the
 * first was held. Errors: ERR_INVALID when the gate may have let some go by then. */
int rendezvous_take_back(struct rendezvous *rendezvous, ns_t first_caught, struct err *err)
    __attribute__((warn_unused_result));

/* Throws the held requests away unsent: connections are reset. */
void rendezvous_abandon(struct rendezvous *rendezvous);

/* Once the connections are closed, or the requests have ended. NULL parts are fine. */
void rendezvous_free(struct rendezvous *rendezvous);

#endif
