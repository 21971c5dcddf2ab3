/* The history: one record a request, written by the load, read by checks and reports.
 *
 * Instants are ns_t on one monotonic clock, 0 when the thing did not happen. Each worker writes its
 * own slice and nobody else touches it until the workers have been joined; from then on it is
 * read-only. The layout is public because it is the hot struct: one record is one cache line. */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/maybe.h"

/* What became of a request. planned = sent + skipped; sent = accepted + rejected + limited + failed
 * + unknown. */
enum request_class {
    CLASS_SKIPPED,  /* never released */
    CLASS_ACCEPTED, /* told yes */
    CLASS_REJECTED, /* told no */
    CLASS_FAILED,   /* told something else, or provably never applied (connection refused …) */
    CLASS_UNKNOWN,  /* released, and no decision came back: it may have applied */
    CLASS_LIMITED,  /* turned away before it was decided: it has not applied, and may ask again */
    CLASS_COUNT,
};

/* Why a request is skipped, failed or unknown. */
enum request_cause {
    CAUSE_NONE,
    CAUSE_UNCLASSIFIED, /* an answer that matches no rule: failed */
    CAUSE_SERVER_ERROR, /* 5xx that matches no rule: failed */
    CAUSE_REFUSED,      /* connection refused */
    CAUSE_CONNECT,      /* could not connect for another reason (timeout, backlog, TLS) */
    CAUSE_RESET,        /* connection reset after the release: unknown */
    CAUSE_CLOSED,       /* connection closed before the whole answer: unknown */
    CAUSE_TIMEOUT,      /* no whole answer in time: unknown after the release, else skipped */
    CAUSE_GARBAGE,      /* an answer that is not HTTP: unknown */
    CAUSE_UNDECIDED,    /* a rule of `undecided` matched: unknown */
    CAUSE_STOPPED,      /* the run was interrupted */
    CAUSE_LATE,         /* open model: its slot passed without a free connection: skipped */
    CAUSE_NO_DECISION,  /* an answer that no rule matches and that no service decides by: a login, a
                           missing path, a rate limiter, a redirect, a web page: failed */
    CAUSE_OTHER,
    CAUSE_AMBIGUOUS, /* the rules do not tell whether it is a yes or a no, as several classes match:
                        unknown */
    CAUSE_PENDING,   /* a ticket that nobody decided within decide.timeout: unknown */
    CAUSE_UNREAD,    /* a body that rules look into is longer than is kept, or encoded in a way that
                        is not known, and no rule matches without it: unknown */
    CAUSE_ANOTHER,   /* an answer that a rule matches but for its user: it speaks of somebody else,
                        and   whether that is the rule's fault nobody knows: failed */
    CAUSE_ANOTHER_YES, /* the same, a yes, and that somebody is another user of the run: failed */
    CAUSE_UNPROCESSED, /* HTTP/2: the service refused the stream, which says that nothing of it was
                          looked at: failed */
    CAUSE_IN_PROGRESS, /* another request under its key is under way: limited */
    CAUSE_KEY_REUSED,  /* its key is of another request: limited */
    CAUSE_COUNT,
};

struct request {
    int64_t user;
    int64_t rank;  /* from the body, where `ranked` says that it carries one */
    ns_t planned;  /* scheduled start */
    ns_t released; /* stamped just before it could leave */
    ns_t first_byte;
    ns_t done;       /* whole answer, or the failure */
    uint32_t seq;    /* place in the run, from 0; equals the index in the history */
    uint16_t status; /* HTTP status, 0 when none */
    uint8_t cls;     /* enum request_class */
    uint8_t cause;   /* enum request_cause */
    uint8_t phase;   /* index in the scenario's load */
    uint8_t attempt; /* 1 for a user's first request, 2 for the next … */
    uint16_t worker;
    bool ranked;
    uint8_t instance; /* of the service, from 1; 0: there is one address, or nobody knows */
    uint16_t agent;   /* that sent it, from 1; 0: this process */
};

_Static_assert(sizeof(struct request) == 64, "one record is one cache line");

/* What became of a ticket. All zero: the answer to the request was the decision. */
struct decided {
    ns_t at;        /* the end of the first poll that told it; 0: none did */
    uint32_t polls; /* that were asked */
    bool pending;   /* none by the end of its time, and a poll begun after it still said pending */
};

_Static_assert(sizeof(struct decided) == 16, "a ticket costs a quarter of a record more");

/* What a request asked for, and what the service chose or granted; see model/items.h. */
struct order {
    int32_t asked;       /* item; ITEM_UNKNOWN: the service chooses */
    int32_t item;        /* that the answer names, else the one that was asked for */
    int64_t asked_units; /* units */
    int64_t units;       /* that the answer grants, else those that were asked for */
    int64_t id;          /* order_id of what the answer names; ORDER_NONE */
};

_Static_assert(sizeof(struct order) == 32, "an order costs half a record more");

/* What a request is about that is no order but an action. */
struct deed {
    uint32_t order; /* the request that made the order, in the run's history */
    uint8_t action; /* its place in the scenario */
    bool others;    /* sent by somebody whose order it is not */
    uint8_t reserved[2];
};

/* What an answer calls an order, as it spells it, for {{order}}. */
#define ORDER_TEXT 64
struct order_text {
    char text[ORDER_TEXT]; /* "": it does not say, or it is longer */
};

struct history {
    struct request *v; /* owned; mapped, zeroed */
    size_t count;
    size_t room;
    struct decided *decided; /* owned; parallel to v; NULL: no answer is a ticket */
    struct order *orders;    /* owned; parallel to v; NULL: the scenario has no items */
    struct order *more;      /* owned; `lines - 1` a record: what an order asks for beside that */
    unsigned lines;          /* of an order; 0: one */
    int32_t *to;        /* owned; parallel to v; items whose the units become; NULL: nobody's */
    struct deed *deeds; /* owned; parallel to v; NULL: its requests are orders */
    struct order_text *texts; /* owned; parallel to v; NULL: no action needs them */
    ns_t origin;  /* the release of the first phase: reports show instants relative to it */
    ns_t *bounds; /* owned; how far instants of an agent's phase may be off, history_bound tells
                     which; NULL: all are of one clock */
};

#define HISTORY_AGENTS_MAX 256
#define HISTORY_PHASES_MAX 32 /* as many as a scenario's load can have */

/* Room for so many zeroed records. Errors: ERR_MEMORY. */
int history_init(struct history *history, size_t room, struct err *err);
/* Room for a decision of each record. Errors: ERR_MEMORY. */
int history_decide(struct history *history, struct err *err);

/* Room for an order of each record. Errors: ERR_MEMORY. */
int history_order(struct history *history, struct err *err);

/* Room for so many lines of each order, the first one beside them. Errors: ERR_MEMORY. */
int history_line(struct history *history, unsigned lines, struct err *err);

/* The line of a record, from 0. One that asks for no unit is none. */
static inline struct order *history_line_of(const struct history *history, size_t record,
                                            unsigned line)
{
    return line ? &history->more[record * (history->lines - 1) + line - 1]
                : &history->orders[record];
}

/* A record takes another one's place, with what it asked for. */
void history_shift(struct history *history, size_t to, size_t from);

/* Room for whose the units of each become. Errors: ERR_MEMORY. */
int history_move(struct history *history, struct err *err);

/* Room for what answers call each order. Errors: ERR_MEMORY. */
int history_name(struct history *history, struct err *err);

/* Room for what each record is about. Errors: ERR_MEMORY. */
int history_act(struct history *history, struct err *err);

/* Room for the bounds of all agents. Errors: ERR_MEMORY. */
int history_bind(struct history *history, struct err *err);

static inline ns_t *history_bound_of(const struct history *history, unsigned agent, unsigned phase)
{
    return &history->bounds[(size_t)agent * HISTORY_PHASES_MAX + phase];
}

static inline ns_t history_bound(const struct history *history, const struct request *request)
{
    return history->bounds ? *history_bound_of(history, request->agent, request->phase) : 0;
}

/* The request was out within these two instants, whatever the clocks: an order between two requests
 * counts only beyond the sum of their bounds. 0: never. */
static inline ns_t history_released(const struct history *history, const struct request *request)
{
    return request->released ? request->released - history_bound(history, request) : 0;
}

static inline ns_t history_done(const struct history *history, const struct request *request)
{
    return request->done ? request->done + history_bound(history, request) : 0;
}

/* When the record's user was told yes or no; 0: never. */
static inline ns_t history_decided(const struct history *history, const struct request *request)
{
    bool decided = request->cls == CLASS_ACCEPTED || request->cls == CLASS_REJECTED;
    ns_t at = history->decided ? history->decided[request - history->v].at : 0;
    return !decided ? 0 : at ? at : request->done;
}

void history_free(struct history *history); /* an all-zero struct is fine */

/* Did a whole answer come? A decision is one also where a history from elsewhere has no HTTP
 * status. */
bool request_answered(const struct request *request);

static inline void request_set_rank(struct request *request, struct maybe rank)
{
    request->rank = rank.known ? rank.value : 0;
    request->ranked = rank.known;
}

const char *request_class_name(enum request_class cls);   /* "accepted" */
const char *request_cause_name(enum request_cause cause); /* "refused"; "none" for CAUSE_NONE */
/* By name; -1 when there is no such name. */
int request_class_find(const char *name);
int request_cause_find(const char *name);

#endif
