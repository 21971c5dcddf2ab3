/* Probes: readers of evidence from stores and a pipeline. Each source has its own thread and its
 * own deadline, so a blocked source never blocks the caller: its values are then unknown and the
 * sample's flag names it. Called by one thread. Nothing is ever written to a store. */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/err.h"
#include "model/evidence.h"
#include "model/run.h"
#include "model/spec.h"

struct probes;

/* Where the servers of the stack are, by name: "postgres", "kafka". Borrowed during the call only.
 */
struct probe_targets {
    struct probe_target {
        const char *name;
        const char *url; /* of Kafka its bootstrap servers; NULL: it is not there */
    } v[RUN_SERVERS_MAX];
    unsigned count;
    /* Fills in the other references of an address: "${apply}/coupons". NULL: there are none. */
    int (*expand)(void *context, const char *text, char **ret_text, struct err *err);
    void *context;
};

void probe_targets_set(struct probe_targets *targets, const char *name, const char *url);

/* What a sample shall contain. */
enum probe_wants {
    PROBE_ROWS = 1,     /* counts of coupons and parked */
    PROBE_PIPELINE = 2, /* what is committed, then ends; records */
    PROBE_SAVED = 4,    /* distinct users saved (a full read) */
    PROBE_COUNTER = 8,
    PROBE_MEMBERS = 16,
    PROBE_IDLE = 32, /* nothing is decided by this round: costly stores may be left alone */
};

/* Connects to all that scenario->evidence names, reads versions into run->servers. Errors:
 * ERR_ENVIRONMENT, naming the source. */
int probes_open(const struct scenario *scenario, const struct probe_targets *targets,
                struct run *run, struct probes **ret_probes, struct err *err)
    __attribute__((warn_unused_result));

/* What is there before the release: rows before, counter before, the pipeline's ends (records
 * before them do not count). Also checks that the scenario's queries work. May be taken again: the
 * last one counts. */
int probes_baseline(struct probes *probes, struct evidence *evidence, ns_t deadline,
                    struct err *err) __attribute__((warn_unused_result));

/* What the baseline found that evidence has no place for. */
struct probe_before {
    int64_t parked;   /* parked rows */
    int64_t waiting;  /* records of before that have not been consumed */
    bool uncommitted; /* some of them are of lanes where it has never committed */
};

void probes_before(const struct probes *probes, struct probe_before *ret_before);

/* One polling round, in the order committed, ends, database. Never fails: what could
 * not be read by the deadline is unknown. ret_sample->lanes is owned by the probes and valid
 * until the next call. answered is left alone. */
void probes_sample(struct probes *probes, unsigned wants, ns_t deadline, struct sample *ret_sample);

/* What a database said in the last round that was no reading; "": nothing, or it did not answer. */
const char *probes_trouble(const struct probes *probes);
/* The same of the pipeline, with where. */
const char *probes_pipeline_trouble(const struct probes *probes);

/* The final contents, all of them. What could not be read stays `known = false`. */
int probes_collect(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
    __attribute__((warn_unused_result));

/* Rows only, as they are now: the snapshot that an assertion judges. */
int probes_rows(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
    __attribute__((warn_unused_result));

/* Records only, likewise. */
int probes_records(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err)
    __attribute__((warn_unused_result));

/* Polls and their cost so far, and the database's own instant of the last commit. */
void probes_cost(const struct probes *probes, struct drain_result *ret_drain);

/* Database work that is not the service's: the bystander's. */
struct probe_others {
    int64_t transactions;
    int64_t writes; /* of them, those that wrote */
    int64_t inserted;
};

/* pg_stat figures since probes_baseline, less the probes' own and the others'; COUNT_UNKNOWN where
 * there is no Postgres. The log's bytes cannot be told apart and include the others'. */
void probes_database_cost(struct probes *probes, const struct probe_others *others,
                          struct database_cost *ret_cost);

void probes_close(struct probes *probes); /* NULL is fine; waits for no blocked source */

#endif
