/* What the files of the owners share; nobody else includes this. */
#ifndef VERIFY_OWNERS_INSIDE_H
#define VERIFY_OWNERS_INSIDE_H

#include "verify/owners.h"

struct asker {
    int64_t user;
    uint32_t request;
};

/* A statement's place on its connection. */
struct link_place {
    uint32_t connection, number;
    size_t statement;
};

struct owner {
    uint32_t request;
    uint8_t how; /* enum owner_how */
};

/* What finding the owners works on. */
struct desk {
    const struct history *history;
    const struct trace *trace;
    struct owner *owners; /* one a statement */
    struct asker *askers; /* who sent something, by user, then in the order of the run */
    size_t askers_count;
    struct link_place *links; /* all statements, by connection, then in their order there */
};

/* Until its user was told what became of him: of a ticket that is later than the answer. 0: never.
 */
static inline ns_t told_at(const struct history *history, const struct request *request)
{
    const struct decided *ticket =
        history->decided ? &history->decided[request - history->v] : NULL;
    bool plain = !ticket || (!ticket->at && !ticket->polls && !ticket->pending);
    return plain ? request->done : ticket->at;
}

static inline bool in_flight(const struct history *history, const struct request *request, ns_t at)
{
    ns_t end = told_at(history, request);
    return request->released && request->released <= at && (!end || at <= end);
}

/* Is something that shows its user its own? What a yes has set going may come behind it. */
static inline bool may_show(const struct history *history, const struct request *request, ns_t at)
{
    return in_flight(history, request, at) ||
           (request->cls == CLASS_ACCEPTED && request->released && request->released <= at);
}

/* The user's requests are desk->askers[that] to [*ret_high - 1]. */
size_t askers_of(const struct desk *desk, int64_t user, size_t *ret_high);

/* The first of the user's requests that is in flight then, or else the first that may show itself
 * all the same; TRACE_NOBODY: there is none. */
uint32_t askers_request(const struct desk *desk, int64_t user, ns_t at);

/* What nobody owns in a transaction, one behind the other on its connection, is his whose some of
 * it is known to be. */
void owners_share(struct desk *desk, enum owner_how known, enum owner_how becomes);

/* mentions.c: owners that their statements show. */
int mentions_see(struct desk *desk, struct err *err);

/* guess.c: owners of what shows nobody. */
int guess_owners(struct desk *desk, struct err *err);

#endif
