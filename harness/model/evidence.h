/* Evidence: what the stores hold, as the probes read it. Pure data; written by the engine's thread
 * while the run goes on, read-only afterwards. */
#ifndef MODEL_EVIDENCE_H
#define MODEL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/maybe.h"

#define COUNT_UNKNOWN       INT64_C(-1)    /* nobody could say */
#define COMMITTED_UNDEFINED INT64_C(-1001) /* nothing was ever acknowledged: not the same as 0 */

/* ---- final contents ---- */

struct row {
    int64_t user;
    int64_t id; /* the query's second column, or its place in the result from 1 */
};

/* What a row is of, where the scenario has items (model/items.h). */
struct row_line {
    int64_t item;  /* ITEM_UNKNOWN: the row does not say */
    int64_t units; /* 1 where it does not say */
    int64_t order; /* order_id of what it says; ORDER_NONE */
};

/* Every list says when the read that filled it was begun, `asked`: what was there later it cannot
 * have seen. 0: never read. */

/* Why something could not be read, in the store's words. */
#define READ_REASON_MAX 240

struct rows {
    bool known;             /* false: never read, or the last read failed */
    ns_t asked;             /* see above */
    struct row *v;          /* owned; in the order of the query */
    struct row_line *lines; /* owned; parallel to v; NULL: no column says of which items they are */
    size_t count;
    int64_t gone; /* with `subtract`: rows of before the run that were not there any more */
    char reason[READ_REASON_MAX]; /* when not known: what the store said; "": it did not answer */
};

struct produced_record {
    int64_t user;
    int64_t offset; /* its place in its lane */
    int32_t lane;
    int16_t queue; /* index in the pipeline's queues */
    bool decoded;  /* false: the value could not be read as a user */
};

struct produced {
    bool known;
    bool hidden;               /* the queue shows no records here; the reason says why */
    ns_t asked;                /* see above; of the ends that it was read up to */
    struct produced_record *v; /* owned */
    size_t count;
    char undecoded[112]; /* the first value that is no user (produced_undecoded); "": none */
    char reason[READ_REASON_MAX]; /* as of rows; also which queue is not there */
    bool absent;                  /* the reason says so */
};

struct counter_reading {
    bool known;
    ns_t asked;     /* see above; of `after` */
    int64_t before; /* at preflight; a missing key is 0 */
    int64_t after;
    char reason[READ_REASON_MAX]; /* as of rows */
};

/* The value that a sql or redis expectation asked for. */
struct asked {
    bool known;
    char *value;  /* owned; NULL: SQL NULL or no row */
    char *reason; /* owned; when not known */
};

struct evidence {
    struct rows before;  /* coupon rows at preflight */
    struct rows coupons; /* coupon rows at the verdict (with `subtract`: those of before removed) */
    struct rows parked;
    struct produced produced; /* data records in the pipeline's queues since the preflight */
    struct produced dead_letter;
    char members[READ_REASON_MAX];   /* of the consumer's group, as last seen: "kcat at 10.0.0.7" */
    char strangers[READ_REASON_MAX]; /* of them, those that were there before the run's processes */
    struct counter_reading counter;
    /* What is left of each item: user is the item, id the units; as the probes were asked before
       the load, and at the verdict. */
    struct rows stock_before, stock;
    struct asked *asked; /* one for each expectation, in order; owned; NULL when there is none */
    size_t asked_count;
};

/* ---- the timeline: one sample a polling round ---- */

/* Where records wait in order for one consumer: a partition of a topic, a queue, a stream. */
struct lane_reading {
    int16_t queue;     /* index in the pipeline's queues */
    int32_t lane;      /* which of its lanes */
    int64_t committed; /* so many were acknowledged; COMMITTED_UNDEFINED when nobody can say */
    int64_t end;       /* so many were published, as far as a consumer is given them */
};

struct sample {
    ns_t at;          /* when its last read came back */
    int64_t answered; /* requests answered by then; done, while it goes on */
    int64_t rows;     /* coupon rows, COUNT_UNKNOWN when not read in this round */
    int64_t parked;
    int64_t saved;     /* distinct users in coupons and parked; COUNT_UNKNOWN when not read */
    int64_t over;      /* units beyond the stock of the item that is furthest beyond it */
    int64_t over_item; /* which one; meaningful when over > 0 */
    int64_t apart; /* units neither left nor in the rows, of one snapshot, of the item where they
                      are most; below 0: units that are both */
    int64_t apart_item;   /* which one; meaningful when apart is not 0 */
    struct maybe counter; /* any number is a counter's: a stock that is counted down ends below 0 */
    int64_t members;      /* of the consumer group; COUNT_UNKNOWN when the broker cannot say */
    int64_t records;      /* data records since preflight, read one by one; COUNT_UNKNOWN */
    int64_t unsaved;      /* distinct users of those records who are not saved; COUNT_UNKNOWN */
    struct lane_reading *lanes; /* owned; NULL when not read in this round */
    uint32_t lanes_count;
    uint32_t flags; /* enum sample_flags */
    /* When each read came back, 0 when it was not made in this round. Only in this order, each
     * begun when the one before was back, can a round not take an unfinished pipeline for a drained
     * one. */
    ns_t committed_at, ends_at, rows_at;
};

enum sample_flags {
    SAMPLE_BASELINE = 1, /* before the release */
    SAMPLE_WATCH = 2,    /* in the late window */
    SAMPLE_PIPELINE_BLOCKED = 4,
    SAMPLE_ROWS_BLOCKED = 8,
    SAMPLE_REDIS_BLOCKED = 16,
    SAMPLE_CONSUMER_GONE =
        32, /* a process that the run started has exited, and nobody restarts it */
    /* The pipeline tells how many records wait and no more: a lane's end - committed says it.
       Neither need count what was ever published, and what does not wait may be unsaved. */
    SAMPLE_DEPTH_ONLY = 64,
    /* What was acknowledged is not kept, or nobody tells what was: only rows prove that it is
     * saved.
     */
    SAMPLE_FORGETS = 128,
};

struct timeline {
    struct sample *v; /* owned */
    size_t count;
    size_t room;
};

/* Appends a copy of sample, its lanes copied too. Errors: ERR_MEMORY. */
int timeline_add(struct timeline *timeline, const struct sample *sample, struct err *err);
void timeline_free(struct timeline *timeline);

/* Sum of max(0, end - committed) over the lanes; an undefined committed counts as the low end 0
 * here, which is right for a curve and not for a decision. COUNT_UNKNOWN without
 * readings. */
int64_t sample_lag(const struct sample *sample);

/* Keeps a value that could not be read as a user, as it is read, secrets masked and cut, or in hex
 * where it is no text: "{"userId": 7.0} (15 bytes)", "00 00 07 … (36 bytes)"; only the first one is
 * kept. */
void produced_undecoded(struct produced *produced, const void *value, size_t size);

void rows_free(struct rows *rows);
void produced_free(struct produced *produced);
void evidence_free(struct evidence *evidence);

#endif
