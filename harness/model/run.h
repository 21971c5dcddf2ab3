/* A run: everything that is known about one execution of a scenario. The engine fills it, the
 * checks judge it, the reports show it, the archive saves it and brings it back. Owned by the main
 * thread. */
#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include "base/clock.h"
#include "model/agents.h"
#include "model/answers.h"
#include "model/evidence.h"
#include "model/finding.h"
#include "model/history.h"
#include "model/items.h"
#include "model/observed.h"
#include "model/race.h"
#include "model/roster.h"
#include "model/spec.h"
#include "model/tally.h"
#include "model/trace.h"

/* The phases of a run, in order; section 3 of the design. */
enum run_phase {
    PHASE_RESOLVE,
    PHASE_STACK,
    PHASE_PREFLIGHT,
    PHASE_STAGE,
    PHASE_RELEASE,
    PHASE_SETTLE,
    PHASE_DRAIN,
    PHASE_WATCH,
    PHASE_CHECK,
    PHASE_REPORT,
    PHASE_TEARDOWN,
    PHASE_COUNT,
};

const char *run_phase_name(enum run_phase phase);

enum drain_outcome {
    DRAIN_NOT_RUN,
    DRAIN_DRAINED,
    DRAIN_DRAINED_LOSSY,
    DRAIN_MOVING,
    DRAIN_STALLED,
    DRAIN_NO_CONSUMER,
    DRAIN_QUIET_ONLY,
    DRAIN_BLOCKED, /* a probe did not answer in time: unknown, with its name */
    DRAIN_OUTCOME_COUNT,
};

const char *drain_outcome_name(enum drain_outcome outcome); /* "drained_lossy" */
int drain_outcome_find(const char *name);

struct drain_result {
    enum drain_outcome outcome;
    ns_t decided;     /* when */
    ns_t last_growth; /* when the last new row was first seen; 0: no row ever */
    ns_t last_commit; /* when the last row was committed, by the database's own account; 0: unknown
                       */
    int64_t rows_at_last_ticket; /* when all had their first answer; COUNT_UNKNOWN without polls */
    int64_t rows_at_last_response; /* COUNT_UNKNOWN without rows */
    int64_t rows_at_assert; /* what the scenario's `wait` saw: equals final rows for WAIT_DRAINED */
    int64_t lag_at_assert;  /* records not yet consumed at that instant; COUNT_UNKNOWN */
    ns_t asserted;          /* when the verdict's rows were read */
    int64_t rows_max;
    int64_t rounds; /* polling rounds */
    int64_t resets; /* rounds that undid a series of passes */
    int64_t polls_postgres, polls_pipeline, polls_redis;
    ns_t poll_cost_postgres; /* summed time that the polls took at the client */
    ns_t poll_cost_pipeline;
    char gates[256];  /* names of the gates that failed in the last round that failed, or "" */
    char detail[384]; /* "coupon_create[1] committed 17 of 34, unchanged for 3 s" */
};

/* A server behind the service, of the run's own or somebody else's. */
struct server_info {
    char name[16];     /* "redis", "postgres", "mysql", "kafka" */
    char kind[24];     /* "private", "embedded", "apache", "external"; "none": there is none */
    char version[64];  /* "7.0.15"; "" when unknown */
    char note[128];    /* "fsync off", or "" */
    char address[256]; /* where it is; secrets are masked */
};

/* A program that the run started; a server only when it ended. The first end that nobody asked for
 * is kept; else the last one. */
struct process_info {
    char name[32];
    int exit_code;   /* -1: it runs, or a signal ended it */
    int signal;      /* that ended it, or 0 */
    bool unexpected; /* it ended before the teardown and nobody had asked */
    bool once;       /* the scenario lets it end by itself with code 0 */
    bool server;     /* Redis, Postgres or Kafka of the run's own */
    char asked[16];  /* who ended it: "fault", "supervisor"; "" nobody */
    ns_t ended;      /* when; 0: it runs */
    ns_t looked;     /* when it was last looked at; 0: never */
    int64_t restarts;
    char log[1024]; /* the last lines that it wrote before it ended or the verdict came, or "" */
};

/* The service that the run did not start, as it was met when everything else had been read. */
struct target_info {
    char place[352];  /* "localhost:8080 (::1, 127.0.0.1)" */
    ns_t looked;      /* when a connection was tried; 0: never */
    char refusal[96]; /* why nobody took it; "": somebody did */
};

/* One of several instances of the service. */
struct instance_info {
    char name[64];                        /* "apply.2", or where it is, or what it calls itself */
    int64_t requests, accepted, rejected; /* that it was sent, and what it answered */
};

/* What happened when, beside requests and samples: faults, and instants worth a mark in the report.
 */
struct run_event {
    ns_t at;
    char what[96]; /* "kill consumer" */
};

struct bystander_period {
    char name[8]; /* "before", "during", "after" */
    int64_t transactions, errors;
    ns_t p50, p90, p99, max;
};

struct database_cost { /* from pg_stat views, preflight to verdict; each COUNT_UNKNOWN when not read
                        */
    int64_t transactions;
    int64_t peak_connections;
    int64_t rows_inserted;
    int64_t wal_bytes;
};

/* Tickets, and the polls that asked what became of them, or the streams of events that told it;
 * instants 0: none. */
struct load_decisions {
    int64_t tickets, decided, polls, polls_failed;
    int64_t streams, events; /* connections that stood, and what came on them */
    int64_t streams_failed;  /* attempts to open one that came to nothing */
    ns_t last_ticket, last_decision;
};

struct load_memory {
    int64_t bytes_a_connection; /* resident growth while staging; COUNT_UNKNOWN when not measured */
    int64_t bytes_a_request;    /* of the record */
};

struct run_phase_info {
    ns_t started, ended;
};

#define RUN_EVENTS_MAX      64
#define RUN_SERVERS_MAX     16
#define RUN_PROCESSES_MAX   40 /* every instance, and servers that ended */
#define RUN_LOAD_PHASES_MAX HISTORY_PHASES_MAX

/* What became of the connections that a burst opened itself (gate cold). Retransmissions are the
 * kernel's own count, read when a connection stands and before it is closed. */
struct load_connects {
    char target[80];    /* "localhost:8080 (127.0.0.1)" */
    int64_t made;       /* connects; 0: the gate is another one */
    int64_t opened;     /* connections that stood, and */
    int64_t delayed;    /* those of them that stood only after their SYN had been sent again */
    int64_t syns_again; /* SYNs sent again, those of connections that never stood included */
    int64_t sent_again; /* other segments sent again: requests that the target's queue had lost */
    int64_t refused, unanswered;       /* connections that never stood */
    int64_t resets;                    /* those that stood, and that the target reset */
    ns_t open_p50, open_p99, open_max; /* from the connect until it was seen to stand */
    ns_t tls_p50, tls_p99, tls_max;    /* from there until TLS was done; 0: no TLS */
    int64_t queue_peak; /* of connections that the target had not accepted yet, as sampled */
    int64_t queue_room; /* the backlog that its listener got; both COUNT_UNKNOWN: not seen */
    int64_t somaxconn;  /* net.core.somaxconn, which cuts every backlog; COUNT_UNKNOWN */
    int64_t drops;      /* of listeners in this network namespace meanwhile; COUNT_UNKNOWN */
};

struct load_phase_info {
    char kind[16];              /* "burst" "waves" "rate" "closed" "retry" "pause" "action" */
    char gate[16];              /* "corked" …; "" when it has none */
    char gate_reason[128];      /* why that one: "1000 requests stage in less than 200 ms" */
    ns_t staged_in;             /* how long staging took */
    char protocol[16];          /* of a burst: "HTTP/1.1", "HTTP/2" */
    int64_t connections;        /* of a burst */
    int64_t streams;            /* requests on each of them at once, at most */
    char source_addresses[256]; /* where its connections came from, as they were asked for; "": the
                                   kernel chose */
    int64_t entered; /* of a burst: answers that say when their handler began; those are apart … */
    ns_t entered_spread, entered_middle; /* … in all, and from the 5th to the 95th of 100 */
    int64_t late_stamps; /* corked: requests that the kernel may have sent before their release */
    ns_t send_longest;   /* of a burst: from the stamp of a request until it was out */
    ns_t floor_spread; /* what this machine manages for so many requests beside the idle target; 0:
                          not measured */
    ns_t require_spread; /* resolved bounds; 0: none */
    int64_t require_in_flight;
    struct load_connects connects;
};

struct run {
    /* identity */
    const struct scenario *scenario; /* borrowed */
    char *scenario_text;             /* owned; the scenario as it ran: resolved, secrets masked */
    char version[32];                /* of rushproof */
    int64_t wall_start;              /* ns since 1970 */
    char dir[4096];                  /* where its files are; "" when none */
    int64_t round, rounds;           /* 1 of 1 */
    int64_t attempt; /* of the round; the ones before it were no bursts and do not count */

    struct roster *roster; /* owned: who the users are; NULL: plain numbers */
    struct items *items;   /* owned: what is sold; NULL: one pool, of which everybody wants one */

    /* what happened */
    struct run_phase_info phases[PHASE_COUNT];
    struct history history;
    struct history actions; /* requests about its orders; empty: none were sent */
    struct load_phase_info load[RUN_LOAD_PHASES_MAX]; /* as many as scenario->load_count */
    struct agents agents; /* who sent the requests; none: this process */
    struct load_memory memory;
    struct load_decisions decisions;
    struct answers polled; /* what polls were answered */
    struct answers acted;  /* what actions were answered */
    struct answers answers;
    struct evidence evidence;
    struct timeline timeline;
    struct trace trace;       /* what the stores were asked; empty: nobody stood between */
    struct observed observed; /* its figures */
    struct drain_result drain;
    ns_t
        watched; /* from the last answer to the verdict's last read; 0: nothing was read after it */
    struct run_event events[RUN_EVENTS_MAX];
    unsigned events_count;
    struct process_info processes[RUN_PROCESSES_MAX];
    unsigned processes_count;
    struct target_info target;
    struct instance_info instances[INSTANCES_MAX]; /* by request.instance, from 1 */
    unsigned instances_count;                      /* 0: there is one address */
    char spreading[160]; /* why nobody knows which instance had which request, or "" */
    struct bystander_period bystander[3];
    unsigned bystander_count; /* 0 or 3 */
    struct database_cost database;
    struct server_info servers[RUN_SERVERS_MAX]; /* those that there are */
    unsigned servers_count;
    char libraries[256]; /* "libcurl 7.88.1, librdkafka 2.0.2, …" */

    /* what follows from it */
    struct tally tally; /* over all phases */
    struct findings findings;
    struct race race; /* what the trace says of how it went wrong */
    enum verdict verdict;
    int exit_code;
    bool interrupted;
    char invalid[256];           /* why the run is invalid, or "" */
    char error[ERR_MESSAGE_MAX]; /* environment error that ended the run early, or "" */
    char cause[32];        /* the check that the explanation is about; "": none has a name there */
    char explanation[768]; /* the one sentence under the verdict: "expected: 100, but was: 24 (not
                              …)" */
    char warning[768];     /* "this wait cannot see a 101st coupon", or "" */
    char advice[384];      /* what to do next */
    char not_checked[256]; /* default checks without evidence: "counter, slots_burned", or "" */
};

void run_init(struct run *run);
void run_free(struct run *run); /* what it owns, not the struct nor the scenario */

/* Adds a server; address is masked. More than RUN_SERVERS_MAX are dropped. */
void run_server_add(struct run *run, const struct server_info *info, const char *address);

/* The first server of that name; one of kind "none" when there is none. */
const struct server_info *run_server(const struct run *run, const char *name);

/* What a fault does and when, as scenarios spell it; by enum fault_action and enum fault_when,
 * ended by NULL. */
extern const char *const fault_action_words[], *const fault_when_words[];

/* "broker down kafka": the event of a fault that was carried out. */
void fault_event(enum fault_action action, const char *target, char *ret_text, size_t size);
/* "kill apply after 12 ms, restart apply after 30 ms": what the scenario's faults have done, after
 * the first release; "" when nothing. */
const char *run_faults(const struct run *run, char *ret_text, size_t size);

/* Fills the tally; the last response may be an action's. Errors: as of tally_make. */
int run_tally(struct run *run, struct err *err) __attribute__((warn_unused_result));

/* Of each sample: while it went on a request was done when it ended, answered or not. */
void run_count_answered(struct run *run);

/* Counts what each instance was sent and answered. */
void run_count_instances(struct run *run);
/* Fills spreading. */
void run_tell_spreading(struct run *run);

/* Adds an event; more than RUN_EVENTS_MAX are dropped. */
void run_event_add(struct run *run, ns_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
