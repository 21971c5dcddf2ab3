/* A scenario as plain data: what the YAML file says, with every default filled in.
 *
 * scenario/ fills it and frees it (scenario_free), everybody else only reads it. Spans are
 * nanoseconds. Lists are a pointer and a count named after it. Texts are never NULL unless the
 * comment says so. References such as ${apply} or ${redis.url} are still in the texts: the stack
 * resolves them when it knows the addresses. Pure data; read-only after loading, so any thread may
 * read. */
#ifndef MODEL_SPEC_H
#define MODEL_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/uri.h"
#include "model/spec_actions.h"
#include "model/spec_evidence.h"
#include "model/spec_items.h"
#include "model/spec_load.h"
#include "model/spec_request.h"

/* Of a service, and of all processes together. */
#define INSTANCES_MAX 32

/* As many may win as a run can hold requests. */
#define SPEC_LIMIT_MAX INT64_C(100000000)

/* ---- stack: the servers behind the service ---- */

struct spec_topic {
    char *name;
    int32_t partitions;
    int32_t replication;
};

struct spec_stack {
/* Of each what stack/ starts ("private", "embedded", "apache"), "none", or its address. */
#define SERVER(name, ...)                                                                          \
    char *name;                                                                                    \
    int64_t name##_port; /* of one that stack/ starts; 0: a free one */                            \
    char *name##_as;     /* or the address that one has in the service's code; NULL: its own */
#include "model/server_rows.h"
#undef SERVER
    char *kafka_version; /* of apache: "3.9.1"; NULL: the newest one fetched, or KAFKA_HOME */
    int32_t brokers;     /* of embedded; 1 to 9, default 1 */
    struct spec_topic *topics;
    unsigned topics_count;
    char *redis_appendfsync; /* "no" (no persistence at all, default), "everysec", "always" */
    bool postgres_fsync;     /* default false: a private throw-away cluster */
    bool mysql_fsync;
    struct spec_pair *reset; /* commands for stores, in this order: name of the server, command */
    unsigned reset_count;
};

/* ---- what prepares the stores ---- */

/* Exactly one of run, postgres, mysql, redis, file. */
struct spec_setup {
    char **run; /* a program that ends with code 0 */
    unsigned run_count;
    struct spec_pair *env;
    unsigned env_count;
    char *dir;      /* as of a process */
    ns_t timeout;   /* for it to end; default 60 s */
    char *postgres; /* statements, with semicolons between them */
    char *mysql;
    char *redis; /* a command */
    char *file;  /* of statements, for the stack's database */
};

/* ---- processes that the run starts ---- */

struct spec_ready {
    char *http;   /* path "/readyz" on the process's own port, or a whole URL; NULL: not used */
    char *socket; /* a unix socket on which http is asked; NULL: the network */
    char *tcp;    /* "host:port" or "${name.port}"; NULL: not used */
    char *log;    /* text that a line of its output contains; NULL: not used */
    bool ended;   /* once it has ended with code 0, as what prepares the stores does */
    ns_t timeout; /* default 10 s */
};

struct spec_process {
    char *name; /* [a-z][a-z0-9_-]*; ${name} is its base URL, ${name.port} its port */
    char **run; /* argv; run[0] is looked up beside rushproof first, then in PATH */
    unsigned run_count;
    struct spec_pair *env;
    unsigned env_count;
    char *dir; /* working directory, relative to the scenario file; NULL: the run's directory */
    struct spec_ready *ready; /* NULL: ready once it runs */
    bool once;                /* it may end by itself with code 0; default false */
    bool beside;              /* started together with the one before it; default false */
    int64_t count;            /* so many instances of it, called name.1, name.2 …; default 1 */
};

/* One, where nobody says how many. */
static inline int spec_instances(const struct spec_process *process)
{
    return process->count > 1 ? (int)process->count : 1;
}

/* ---- between the service and its stores ---- */

struct spec_between {
    int what; /* enum between of model/observed.h */
    /* Of a service that runs already, "LISTEN=UPSTREAM" (model/way.h), or NULL. */
    char *redis, *postgres, *mysql;
};

/* What it says of a store by its name, or NULL; and whether it says anything of one. */
const char *spec_between_way(const struct spec_between *between, const char *store);
bool spec_between_listens(const struct spec_between *between);

/* Answers that are kept back while the last phase of the load that is no retry runs, so that
 * several requests have seen the same before any of them goes on. */
struct spec_hold {
    char **answers; /* shapes of statements, as reports show them: held one after the other */
    unsigned answers_count;
    int64_t together; /* until so many are held; at least 2 */
    ns_t quiet;       /* or until two or more are and none came for so long; default 10 ms */
    ns_t deadline;    /* or for so long; default 200 ms */
    ns_t budget;      /* of a connection, in all; default 500 ms */
};

/* ---- preflight ---- */

/* What the stores may hold from before. */
struct spec_preflight {
    ns_t wait;  /* so long for what is there to go away, such as a group's lag; default 0 */
    bool clean; /* refuse to start while something is there; default true */
};

/* ---- drain ---- */

enum wait {
    WAIT_DRAINED,       /* evidence: the real thing */
    WAIT_LAST_RESPONSE, /* assert at once, like the course */
    WAIT_UNTIL_LIMIT,   /* poll every 100 ms until rows == limit, then assert */
    WAIT_SLEEP,         /* sleep wait_span, then assert */
};

struct spec_drain {
    ns_t timeout;   /* default 30 s */
    int64_t rounds; /* passes in a row; default 3 */
    ns_t quiet;     /* with nothing but a counter: unchanged for so long; default 1 s */
    ns_t stall;     /* after the timeout: unchanged for so long is at rest; default 3 s */
    ns_t poll_min;  /* default 1 ms */
    ns_t poll_max;  /* default 50 ms */
    ns_t window;    /* the late window; default 250 ms */
};

/* ---- checks ---- */

/* One expectation. Which members count depends on the check: its help says so. */
struct spec_expect {
    char *check;
    char *name;              /* what reports call it; NULL: nothing */
    int64_t at_most;         /* errors, fcfs_distance, fcfs_rank, parked …; default 0 */
    ns_t p50, p90, p99, max; /* latency, bystander, contention: 0 means not limited */
    int64_t power_percent;   /* fcfs_power: least share of ordered pairs; default 10 */
    char *query;             /* sql, redis: what to ask; contention: part of a statement */
    char *url;               /* sql, redis: where; NULL: the stack's own */
    char *equals;            /* sql, redis: each NULL when not given; numbers compare as numbers */
    char *least;
    char *most;
};

/* ---- faults and the bystander ---- */

enum fault_action {
    FAULT_KILL,        /* SIGKILL */
    FAULT_STOP,        /* SIGSTOP */
    FAULT_CONTINUE,    /* SIGCONT */
    FAULT_RESTART,     /* start it again with the same settings (after a kill) */
    FAULT_SIGNAL,      /* the named signal */
    FAULT_TERMINATE,   /* SIGTERM */
    FAULT_BROKER_DOWN, /* embedded: connections to the broker break and are refused */
    FAULT_BROKER_UP,
    FAULT_PRODUCE_ERRORS, /* embedded: the next `errors` produce requests fail */
};

enum fault_when {
    WHEN_TIME,          /* `at` after the release */
    WHEN_LAST_RESPONSE, /* `at` after the last response */
    WHEN_ROWS,          /* once rows >= count, then `at` later */
    WHEN_ANSWERED,      /* once answered >= count, then `at` later */
    WHEN_HELD,          /* once `hold` keeps back >= count answers at a time, then `at` later */
};

struct spec_fault {
    char *target; /* a process's name, or "redis", "postgres", "kafka" */
    enum fault_action action;
    enum fault_when when;
    ns_t at;            /* earliest */
    ns_t at_until;      /* > at: a seeded instant in between; 0: exactly at */
    int64_t count;      /* see when */
    int64_t broker;     /* FAULT_BROKER_DOWN, FAULT_BROKER_UP: which one, from 1; 0: the first */
    int64_t errors;     /* FAULT_PRODUCE_ERRORS: how many */
    char *signal;       /* FAULT_SIGNAL: "USR1" … ; NULL otherwise */
    ns_t restart_after; /* > 0: after a kill, start it again so much later */
};

struct spec_bystander {
    int64_t rate;        /* transactions a second, half of them reads; default 200 */
    int64_t connections; /* default 2 */
    ns_t before;         /* default 1 s */
    ns_t after;          /* default 1 s */
};

/* What a lesson or a faulty service must end in; used by selftest and the tests, not by run. */
struct spec_outcome {
    char *verdict; /* "pass", "fail", "unknown" */
    char **checks; /* the checks that are not pass; no other may be */
    unsigned checks_count;
    char **may; /* checks that may fail as well */
    unsigned may_count;
};

struct scenario {
    char *name;
    char *description;
    char *dir;     /* that relative paths and ${scenario.dir} mean; NULL: the file's own */
    bool by_flags; /* no file holds it: what is advised is spelled as flags, not as keys */
    int64_t limit; /* of items the sum of all their stock */
    struct spec_items *items;  /* NULL: one pool of `limit`, of which everybody wants one */
    struct spec_demand demand; /* meaningful with items */
    int64_t seed;              /* default 1 */
    struct spec_stack stack;
    struct spec_setup *setup; /* before the first process, in each round */
    unsigned setup_count;
    struct spec_process *processes;
    unsigned processes_count;
    struct spec_between between;
    struct spec_hold *hold; /* NULL: nothing is held; else `between` is observe */
    ns_t calm; /* no key: before the next phase all tickets are decided, and the processes have said
                  nothing to their stores for so long; 0: phases follow one another */
    struct spec_prepare *prepare; /* steps, in this order */
    unsigned prepare_count;
    struct spec_preparing preparing;
    struct spec_request request;
    struct spec_idempotency *idempotency; /* NULL: no keys */
    struct spec_action *actions;
    unsigned actions_count;
    struct spec_users users;
    struct spec_responses responses;
    struct spec_decide *decide; /* NULL: answers decide */
    struct spec_warmup *warmup; /* NULL: none */
    struct spec_phase *load;
    unsigned load_count;
    int64_t workers;         /* load threads; default: the cores, at most 8 */
    int64_t release_threads; /* default 2; never more than there are cores */
    struct spec_evidence evidence;
    enum wait wait;
    ns_t wait_span; /* WAIT_SLEEP */
    struct spec_preflight preflight;
    struct spec_drain drain;
    struct spec_expect *expect;
    unsigned expect_count;
    struct spec_fault *faults;
    unsigned faults_count;
    struct spec_bystander *bystander; /* NULL: none */
    struct spec_outcome *outcome;     /* NULL: none stated */
};

/* Are users told yes or no? Else the stores alone decide. */
static inline bool spec_answers_decide(const struct scenario *scenario)
{
    return scenario->decide || (!scenario->responses.undecided_count &&
                                scenario->responses.otherwise != OTHERWISE_UNDECIDED);
}

/* The place of an action by its name; -1: there is none. */
int spec_action_find(const struct scenario *scenario, const char *name);

/* The names of servers, ended by NULL; what a scenario says of one; what stands for its address
 * (${name.reference}), and for parts of that ("redis.port", ended by NULL). */
extern const char *const spec_servers[];
/* Whose commands `stack.reset` may hold: those of the stack that take commands, and SQLite. */
extern const char *const spec_resets[];
const char *spec_server(const struct spec_stack *stack, const char *name);
int64_t spec_server_port(const struct spec_stack *stack, const char *name);   /* 0: a free one */
const char *spec_server_as(const struct spec_stack *stack, const char *name); /* or NULL */
/* That address, which is there; a Kafka's place as one of the scheme kafka. Errors: ERR_USAGE. */
int spec_server_as_uri(const struct spec_stack *stack, const char *name, struct uri *ret_uri,
                       struct err *err);
const char *spec_server_reference(const char *name);
/* Does the load go to this process? */
bool spec_faces_load(const struct scenario *scenario, const char *process);
const char *const *spec_server_own(const char *name);

/* The store of SQL that rows are in, as stack.reset calls it; "": another one. */
const char *spec_rows_store(const struct spec_rows *rows);
/* The address of a database that rows are read from and that is not the stack's, under the server's
 * key ("mysql"); NULL: there is none. */
const char *spec_rows_of(const struct scenario *scenario, const char *server);

/* What is asked of a store, and where: its address, or a reference to the stack's; NULL: nothing is
 * asked, or nobody says where. */
const char *spec_rows_query(const struct spec_rows *rows);
const char *spec_rows_url(const struct spec_rows *rows);
/* Of the database that is meant where none is named: "postgres", or "mysql" where that is the only
 * one. */
const char *spec_sql_server(const struct spec_stack *stack);
const char *spec_expect_url(const struct scenario *scenario, const struct spec_expect *expect);

#endif
