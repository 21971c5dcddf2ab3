/* What the coordinator's files share: probes.c (open, close) and those named below.
 * Nobody else includes this. One thread, the caller's. */
#ifndef PROBE_PROBES_STATE_H
#define PROBE_PROBES_STATE_H

#include "probe/db.h"
#include "probe/probe.h"
#include "probe/probe_pipeline.h"
#include "probe/probe_redis.h"
#include "probe/userset.h"

/* Beside the expectations a scenario names coupons, parked and a counter. */
#define STORES_BESIDE_EXPECTS 3

struct store_kind {
    const char *name;
    struct source *(*open)(struct db_settings *settings, struct err *err); /* takes settings over */
    void (*run)(void *state, struct job *job); /* of a db_job; NULL: no database */
};

extern const struct store_kind store_postgres, store_mysql, store_redis;

/* A store of one kind at one address. */
struct store {
    struct source *source;
    char *url; /* owned */
    const struct store_kind *kind;
    bool own;                  /* the stack's */
    bool has[DB_SLOTS];        /* it answers these queries */
    struct db_settings wanted; /* before it is opened */
};

struct cost {
    int64_t polls;
    ns_t spent;
};

struct probes {
    const struct scenario *scenario; /* borrowed until probes_close */
    struct roster *roster;           /* borrowed; shared by what may outlive the run */
    struct store *stores;
    size_t stores_count;
    struct store *slots[DB_SLOTS]; /* NULL: the scenario does not give it */
    struct store *counter;
    struct store *postgres; /* whose statistics are the database's cost; NULL: none */
    struct store **asked;   /* one for each expectation; NULL: it asks nothing */
    struct source *pipeline;
    char members[READ_REASON_MAX]; /* of the group, when it was asked last */

    struct rows before[DB_SLOTS]; /* owned */
    int64_t waiting;              /* see probe_before */
    bool uncommitted;
    bool has_id[DB_SLOTS];
    struct produced produced, dead; /* owned; what the pipeline's source has handed over */
    struct userset records;         /* of produced, settled */
    size_t records_taken;           /* of produced, in records */
    struct userset saved;           /* of the last full read */

    char trouble[READ_REASON_MAX];          /* see probes_trouble */
    char pipeline_trouble[READ_REASON_MAX]; /* see probes_pipeline_trouble */
    struct lane_reading *lanes;             /* owned; of the last sample */
    struct cost cost_db, cost_pipeline, cost_redis;
    ns_t last_commit;
    int64_t seen_coupons; /* the most coupon rows that were seen */
    struct db_stats at_baseline;
    int64_t peak_backends;
    ns_t stats_at; /* when they were read last */
};

/* "kafka": what scenarios call the pipeline. */
static inline const char *probes_pipeline_word(const struct probes *probes)
{
    return pipeline_kind(probes->scenario->evidence.pipeline)->name;
}

/* stores.c: fills stores, slots, counter, asked and postgres from the scenario; opens nothing. */
int stores_want(struct probes *probes, const struct probe_targets *targets, struct err *err);
/* An address of the scenario: its own, a reference to the stack's, or nothing, which means the
 * stack's. */
const char *stores_resolve(const char *url, const char *reference, const char *own);
const struct spec_rows *probes_spec(const struct probes *probes, enum db_slot slot);

/* sample.c: wait for the job that was started last; the caller drops it. NULL: the source is
 * blocked. */
struct db_job *probes_wait_db(struct probes *probes, struct store *store, ns_t deadline);
struct pipeline_job *probes_wait_pipeline(struct probes *probes, ns_t deadline);
struct redis_job *probes_wait_redis(struct probes *probes, struct store *store, ns_t deadline);

/* ask.c. The results are the caller's to drop; NULL after err was filled. */
bool store_has_rows(const struct store *store); /* coupons, parked or both */
void store_blame(const struct store *store, const struct db_job *job, char *ret_text, size_t size);
int probes_blocked(const char *name, struct err *err);
/* All rows that a store has of the scenario, or only how many. err->retriable: a table is not
 * there, which may still come. */
struct db_job *probes_read_store(struct probes *probes, struct store *store, bool count_only,
                                 ns_t deadline, struct err *err);
struct redis_job *probes_ask_redis(struct probes *probes, struct store *store, const char *command,
                                   ns_t deadline, struct err *err);
int probes_read_counter(struct probes *probes, ns_t deadline, int64_t *ret_value, ns_t *ret_asked,
                        struct err *err);

/* asked.c: every query is tried before the load, and its value read at the end. */
int asked_try(struct probes *probes, ns_t deadline, struct err *err);
int asked_collect(struct probes *probes, struct evidence *evidence, ns_t deadline, struct err *err);

/* cost.c */
bool probes_read_stats(struct probes *probes, ns_t deadline, struct db_stats *ret_stats);

/* Hands the job's new records over to probes. False: no memory. */
bool probes_take_records(struct probes *probes, struct pipeline_job *job);
/* Keeps what a database job tells beside its rows: last commit, statistics. */
void probes_note(struct probes *probes, const struct store *store, const struct db_job *job);

/* The rows of a job as evidence: what was there before is taken out when the scenario says so. */
int probes_evidence_rows(const struct probes *probes, enum db_slot slot, struct db_job *job,
                         struct rows *ret_rows, struct err *err);
#endif
