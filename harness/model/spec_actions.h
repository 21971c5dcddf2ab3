/* What a scenario says of requests about orders that there are: paying, confirming, cancelling,
 * refunding. A part of spec.h, by whose rules it goes. */
#ifndef MODEL_SPEC_ACTIONS_H
#define MODEL_SPEC_ACTIONS_H

#include "model/spec_request.h"

/* More of them a load cannot send side by side. */
#define ACTIONS_MAX 8

enum moves {
    MOVES_NONE, /* the order is kept: it is paid, confirmed, used */
    MOVES_BACK, /* its units are given back: it is cancelled, refunded */
};

struct spec_action {
    char *name;
    struct spec_request request;     /* its texts may hold {{order}}, {{item}}, {{units}} */
    struct spec_responses responses; /* accepted and rejected alone */
    int moves;                       /* enum moves; default none */
    char *excludes; /* another action: an order may be told yes to one of the two; NULL: none */
};

/* How long an order is held that nobody pays. */
struct spec_ttl {
    ns_t ttl;
    ns_t grace; /* so much later its units are there again; 0: nobody says when */
};

/* A phase that sends actions. */
struct spec_act {
    char **names; /* of actions; several are sent side by side for the same order */
    unsigned names_count;
    char *of;      /* "accepted", "all", or an action: orders that were told yes to that */
    char *share;   /* of those orders, by their places: "30", or "30..100", in per cent */
    int64_t times; /* each is sent so often at once; default 1 */
    ns_t over;     /* from the first to the last; 0: all at once */
    bool others;   /* sent by somebody else than whose order it is; default false */
};

/* False: it is not two per cents, the lesser one first. */
bool spec_act_share(const struct spec_act *act, int64_t *ret_from, int64_t *ret_to);

#endif
