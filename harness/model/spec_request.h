/* Of a scenario: requests, who sends them, and what their responses mean. See spec.h, which
 * everybody includes. */
#ifndef MODEL_SPEC_REQUEST_H
#define MODEL_SPEC_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct spec_pair {
    char *name;
    char *value;
};

/* A CSV file with a header line; {{column}} in templates. */
struct spec_feeder {
    char *file;
    bool reuse; /* fewer rows than users: from the first row again; default false */
};

enum http2 {
    HTTP2_OFF,
    HTTP2_OFFERED, /* by ALPN, on https */
    HTTP2_KNOWN,   /* with prior knowledge, on http */
};

extern const char *const http2_words[]; /* by enum http2, ended by NULL */

/* One call of gRPC: what is sent is a message of Protocol Buffers. */
struct spec_grpc {
    char *service; /* "shop.v1.Coupons" */
    char *method;
    char *proto;    /* a .proto file, or a descriptor set that protoc has made of it */
    char **imports; /* directories in which imports are looked up; none: beside proto, and beside
                       the scenario */
    unsigned imports_count;
    char *message; /* as JSON; default {} */
};

struct spec_request {
    char *method;
    char *url;   /* borrowed: the first of urls */
    char **urls; /* one an instance of the service; of a scenario's ${name} still a single one */
    unsigned urls_count;
    char *socket; /* a unix socket that leads to the host of url; NULL: the network does */
    char **source_addresses; /* of this machine; none: the kernel chooses */
    unsigned source_addresses_count;
    struct spec_pair *headers;
    unsigned headers_count;
    char *body;                 /* NULL: none; of gRPC the message as JSON */
    struct spec_grpc *grpc;     /* NULL: HTTP alone */
    ns_t timeout;               /* from release to the end of the response; default 10 s */
    struct spec_feeder *feeder; /* NULL: none */
    char *ca;                   /* PEM files; NULL: none */
    char *cert;
    char *key;
    bool insecure;
    enum http2 http2;
    int64_t streams; /* of HTTP/2: requests on a connection at once; 0: chosen */
    bool cookies;    /* send those that the user's preparation has collected; default false */
    const char *key_header; /* borrowed; carries the key of the user's order; NULL: none */
    uint64_t key_seed;      /* of those keys */
    bool about_order;       /* it is an action's: its texts may hold {{order}} */
    const struct spec_pair *captured; /* borrowed; more names that its texts may hold */
    unsigned captured_count;
};

/* Each user's requests of the rush carry one key, by which the service knows them for one order. */
struct spec_idempotency {
    char *header;  /* that carries it */
    int64_t times; /* each is sent so often in a phase; default 2 */
};

/* What a service calls its users; see model/roster.h. */
enum user_ids {
    USER_IDS_NUMBER,  /* by its number */
    USER_IDS_UUID,    /* by a UUID made from the seed */
    USER_IDS_PATTERN, /* by a text with its number in it */
    USER_IDS_LISTED,  /* by what a column of a CSV file says */
    USER_IDS_NONE,    /* by nothing that stores could tell: rows and records are counted only */
};

struct spec_ids {
    char *form;   /* "number", "uuid", "none", or a pattern "user-{{n}}@shop"; NULL: number. Of a
                     column: "uuid", or NULL */
    char *feeder; /* CSV file, one user a row; NULL: none */
    char *column; /* of it; NULL: "user" */
};

enum user_ids spec_ids_kind(const struct spec_ids *ids);

struct spec_users {
    struct spec_ids ids;
    int64_t first;  /* default 1 */
    int64_t repeat; /* every user fires that many times in a phase; default 1 */
    bool anonymous; /* the endpoint knows no users: requests need not say who sends */
};

/* Need a request not say who sends it? */
static inline bool spec_users_unnamed(const struct spec_users *users)
{
    return users->anonymous || spec_ids_kind(&users->ids) == USER_IDS_NONE;
}

struct spec_rule {
    int32_t *status; /* any of; empty: any */
    unsigned status_count;
    int *grpc; /* any of; empty: any. enum grpc_code */
    unsigned grpc_count;
    struct spec_pair *json; /* name = JSON pointer ("/isSuccess"), value = the value as text */
    unsigned json_count;
    struct spec_pair *header;
    unsigned header_count;
    char **text; /* what the body holds; each of them */
    unsigned text_count;
    char **matches; /* regular expressions that the body matches; each of them */
    unsigned matches_count;
    struct spec_pair *least; /* as json: a number that is at least this, or at most this */
    unsigned least_count;
    struct spec_pair *most;
    unsigned most_count;
    char *rank; /* JSON pointer of the rank in the body; NULL: none */
    char *item; /* the same of what the service chose: item, units and order */
    char *units;
    char *order;
    char **event; /* of `decide.stream`: the event is called any of these; empty: any name */
    unsigned event_count;
};

/* Does it look into the body? */
static inline bool spec_rule_reads(const struct spec_rule *rule)
{
    return rule->json_count || rule->text_count || rule->matches_count || rule->least_count ||
           rule->most_count;
}

/* ---- prepare: what each user does once before the rush ---- */

struct spec_prepare {
    struct spec_request request;
    struct spec_rule *expect;  /* what its answer must be; NULL: any status from 200 to 299 */
    struct spec_pair *capture; /* name, and where it is taken from: "json:/accessToken" */
    unsigned capture_count;
};

struct spec_preparing {
    int64_t connections; /* at most; default 16 */
    int64_t rate;        /* users a second at most; 0: as fast as they are served */
};

/* What an answer below 500 is that no rule matches: `rushproof run --accepted …` alone means that
 * every other answer is a no. */
enum otherwise {
    OTHERWISE_FAILED,
    OTHERWISE_REJECTED,
    OTHERWISE_UNDECIDED,
    OTHERWISE_STATUS, /* no word of scenarios: of actions that have no rules, by 2xx and 4xx */
};

/* A response belongs to the one class with a matching rule; several: unknown, ambiguous; none: as
 * otherwise says, but a 5xx is always failed. */
struct spec_responses {
    struct spec_rule *accepted;
    unsigned accepted_count;
    struct spec_rule *rejected;
    unsigned rejected_count;
    struct spec_rule *limited; /* turned away before it was decided, and not applied */
    unsigned limited_count;
    struct spec_rule *undecided; /* the answer is the same for everybody: the stores decide */
    unsigned undecided_count;
    struct spec_rule *in_progress; /* under this key another request is under way: no decision */
    unsigned in_progress_count;
    struct spec_rule *key_reused; /* the key is of another request: nothing was applied */
    unsigned key_reused_count;
    enum otherwise otherwise; /* default OTHERWISE_FAILED */
    char *instance; /* header that names which instance answered, behind one address; NULL: none */
    char *entered;  /* header that says when its handler began, in ns of any clock; NULL: none */
};

/* ---- decisions that come later ---- */

struct spec_poll {
    struct spec_request request;
    ns_t every;       /* before the first poll; then doubled up to 1 s; default 20 ms */
    ns_t timeout;     /* from the ticket to the last poll; default 30 s */
    int64_t max_rate; /* polls a second, of all tickets; default 500 */
};

/* Server-sent events. Where its texts hold nothing of decide.capture the streams are opened while
 * the phase is staged, one a user; else when the ticket is there, one a ticket. */
struct spec_stream {
    struct spec_request request;
    ns_t timeout; /* from the ticket to the last event; default 30 s */
};

/* An answer that matches no rule but `undecided` is a ticket: what it promised is asked for, or
 * listened to; one of poll and stream is there. */
struct spec_decide {
    struct spec_poll *poll;
    struct spec_stream *stream;
    struct spec_pair
        *capture; /* name, and where in an answer it is: json:/ticket, header:Location */
    unsigned capture_count;
    struct spec_rule *accepted;
    unsigned accepted_count;
    struct spec_rule *rejected;
    unsigned rejected_count;
    struct spec_rule *pending;
    unsigned pending_count;
    struct spec_rule *through; /* of a poll: its turn has come, and `then` is sent */
    unsigned through_count;
    struct spec_request *then; /* NULL: the polls decide */
};

/* The request that asks, or listens. NULL: the scenario is not yet known to have one. */
static inline struct spec_request *spec_decide_asks(const struct spec_decide *decide)
{
    return decide->poll ? &decide->poll->request : decide->stream ? &decide->stream->request : NULL;
}

/* The key of that: "decide.poll". */
static inline const char *spec_decide_key(const struct spec_decide *decide)
{
    return decide->poll ? "decide.poll" : "decide.stream";
}

#endif
