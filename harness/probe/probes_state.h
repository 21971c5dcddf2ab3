/* What the coordinator's files share: probes.c (open, close) and those named below.
 * Nobody else includes this. One thread, the caller's. */
#ifndef PROBE_PROBES_STATE_H
#define PROBE_PROBES_STATE_H

#include "probe/probe.h"
#include "probe/probe_pipeline.h"
#include "probe/store_job.h"
#include "probe/userset.h"

/* Beside the expectations a scenario names coupons, parked and a counter. */
#define STORES_BESIDE_EXPECTS 3

struct cost {
    int64_t polls;
    ns_t spent;
};

/* A store at one address, and what is read of it. */
struct reader {
    const struct store_ops *ops;
    struct source *source;
    struct store *session; /* the source's, once there is one */
    char *url;             /* owned */
    bool own;              /* the stack's */
    bool has[VISIT_SLOTS]; /* it answers these queries */
    struct cost cost;
    ns_t rest; /* a costly store is left alone until then, where only a curve is drawn */
};

struct probes {
    const struct scenario *scenario; /* borrowed until probes_close */
    struct roster *roster;           /* borrowed; shared by what may outlive the run */
    struct items *items;             /* the same; NULL: none */
    struct reader *readers;
    size_t readers_count;
    struct reader *slots[VISIT_SLOTS]; /* NULL: the scenario does not give it */
    struct reader *counter;
    struct reader *judged; /* whose statistics are the database's cost; NULL: none */
    struct reader **asked; /* one for each expectation; NULL: it asks nothing */
    struct source *pipeline;
    char members[READ_REASON_MAX]; /* of the group, when it was asked last */

    struct rows before[VISIT_SLOTS]; /* owned */
    int64_t waiting;                 /* see probe_before */
    bool uncommitted;
    bool has_id[VISIT_SLOTS];
    struct produced produced, dead; /* owned; what the pipeline's source has handed over */
    struct userset records;         /* of produced, settled */
    size_t records_taken;           /* of produced, in records */
    struct userset saved;           /* of the last full read */

    char trouble[READ_REASON_MAX];          /* see probes_trouble */
    char pipeline_trouble[READ_REASON_MAX]; /* see probes_pipeline_trouble */
    struct lane_reading *lanes;             /* owned; of the last sample */
    struct cost cost_pipeline;
    ns_t pipeline_rest; /* see struct reader */
    ns_t last_commit;
    int64_t seen_coupons; /* the most coupon rows that were seen */
    struct store_stats at_baseline;
    int64_t peak_backends;
    ns_t stats_at; /* when they were read last */
};

/* "kafka": what scenarios call the pipeline. */
static inline const char *probes_pipeline_word(const struct probes *probes)
{
    return pipeline_kind(probes->scenario->evidence.pipeline)->name;
}

/* readers.c: fills readers, slots, counter, asked and judged from the scenario; opens nothing. */
int readers_want(struct probes *probes, const struct probe_targets *targets, struct err *err);
/* What an address of the scenario stands for: that of one of the stack's servers for a reference
 * alone ("${redis.url}"); else itself, with its references filled in. NULL: nothing is given.
 * Errors: ERR_USAGE when there is no such server. */
int targets_resolve(const struct probe_targets *targets, const char *what, const char *text,
                    char **ret_url, struct err *err);
const struct spec_rows *probes_spec(const struct probes *probes, enum visit_slot slot);

/* sample.c: wait for the job that was started last; the caller drops it. NULL: the source is
 * blocked. */
struct store_job *probes_wait_store(struct reader *reader, ns_t deadline);
struct pipeline_job *probes_wait_pipeline(struct probes *probes, ns_t deadline);

/* ask.c. The results are the caller's to drop; NULL after err was filled. */
bool reader_has_rows(const struct reader *reader); /* any of the slots */
void reader_blame(const struct reader *reader, const struct store_job *job, char *ret_text,
                  size_t size);
int probes_blocked(const char *name, struct err *err);
/* All rows that a store has of the scenario, or only how many. err->retriable: a table is not
 * there, which may still come. */
struct store_job *probes_read_store(struct probes *probes, struct reader *reader, bool count_only,
                                    ns_t deadline, struct err *err);
/* The first value of a query. */
struct store_job *probes_ask_store(struct reader *reader, const char *query, ns_t deadline,
                                   struct err *err);
/* False: it is none. */
bool visit_number(const struct visit *visit, int64_t *ret_number);
int probes_read_counter(struct probes *probes, ns_t deadline, int64_t *ret_value, ns_t *ret_asked,
                        struct err *err);

/* asked.c: every query is tried before the load, and its value read at the end. */
int asked_try(struct probes *probes, ns_t deadline, struct err *err);
int asked_collect(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err);

/* cost.c */
bool probes_read_stats(struct probes *probes, ns_t deadline, struct store_stats *ret_stats);

/* Hands the job's new records over to probes. False: no memory. */
bool probes_take_records(struct probes *probes, struct pipeline_job *job);
/* Keeps what a database job tells beside its rows: last commit, statistics. */
void probes_note(struct probes *probes, const struct reader *reader, const struct store_job *job);

/* The rows of a job as evidence: what was there before is taken out when the scenario says so. */
int probes_evidence_rows(const struct probes *probes, enum visit_slot slot, struct store_job *job,
                         struct rows *ret_rows, struct err *err);
#endif
