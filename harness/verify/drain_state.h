/* What the files of the drain state machine share; nobody else includes this. */
#ifndef VERIFY_DRAIN_STATE_H
#define VERIFY_DRAIN_STATE_H

#include "verify/drain.h"

/* What a round can fail on; the names are in drain_gates.c. */
enum drain_gate {
    GATE_SETTLED = 1 << 0,
    GATE_ENDS_READ = 1 << 1,
    GATE_ORDER = 1 << 2,
    GATE_UNDEFINED = 1 << 3,
    GATE_LAG = 1 << 4,
    GATE_ENDS = 1 << 5,
    GATE_ROWS_READ = 1 << 6,
    GATE_ROWS = 1 << 7,
    GATE_RECORDS_READ = 1 << 8,
    GATE_CONSERVED = 1 << 9,
    GATE_SLOTS = 1 << 10,
    GATE_COUNTER = 1 << 11,
    GATE_QUIET = 1 << 12,
    GATE_ANNOUNCED = 1 << 13,
};

enum drain_moved { MOVED_COMMITTED = 1, MOVED_ENDS = 2, MOVED_ROWS = 4, MOVED_COUNTER = 8 };

struct lane {
    struct lane_reading now; /* the last one */
    int64_t base;            /* its end before the release */
    bool seen;               /* something was in it or came into it at some look */
};

struct lanes {
    struct lane *v; /* owned */
    size_t count;
    size_t room;
};

/* A source that does not answer. */
struct blockade {
    ns_t since; /* 0: it answers */
    int64_t rounds;
};

/* How fast a quantity grows: for the pace only. */
struct speed {
    int64_t value;
    ns_t at;    /* of its last change */
    ns_t began; /* of its first change */
    int64_t first;
    ns_t step; /* span of one unit at the last change */
};

struct drain {
    struct spec_drain spec;
    const struct spec_pipeline *pipeline; /* borrowed; NULL: none */
    bool has_rows;
    int64_t limit;
    bool atomic; /* rows and stock, read together, are to add up at any time */
    bool items;  /* what is left of which item no number tells: who was told yes decides alone */
    const struct spec_counter *counter; /* borrowed; NULL: none */

    struct lanes lanes;
    bool depth_only;     /* see SAMPLE_DEPTH_ONLY: by the last reading */
    bool forgets;        /* see SAMPLE_FORGETS: likewise */
    bool committed_once; /* some lane has had something committed since the baseline */
    int64_t rows, parked, saved, unsaved, records;
    int64_t counted, counted_before; /* the counter, now and at the baseline */
    int64_t members;
    int64_t accepted; /* of the latest facts */
    int64_t needed;   /* so many must be saved to be complete, by the latest facts */
    bool gone;        /* by any facts so far */
    bool misled;      /* see drain_misled */
    ns_t ends_at, rows_at, saved_at, members_at, counter_at; /* of the last readings */
    bool saved_stale; /* rows have moved since saved was read */
    struct blockade queue, database, redis;

    ns_t at;        /* of the last sample */
    ns_t settled;   /* of the latest facts */
    ns_t restarted; /* a process was still being started again; 0: never */
    ns_t moved;     /* when anything last moved */
    ns_t calm;      /* no decision rests on what was before: load settled, last disturbance */
    ns_t gap;       /* the longest between two movements after the load was settled */
    struct speed by_rows, by_committed;

    int64_t rounds, resets, passes;
    unsigned failing;     /* gates of the last round that failed */
    unsigned failing_now; /* gates of the last round */
    struct sample passed; /* the last one that passed; lanes owned */
    struct sample before_reset;

    enum drain_outcome outcome;
    ns_t decided;
    ns_t last_growth;
    int64_t rows_max;
    char detail[384];
};

/* One round as the rules see it. */
struct round {
    const struct drain *drain;
    const struct sample *sample;
    const struct drain_facts *facts;
    unsigned failing; /* enum drain_gate */
    ns_t frozen;      /* nothing has moved for so long, and nothing was disturbed */
    bool overdue;     /* the reads of this round were begun after drain.timeout */
};

/* drain_observe.c: takes a sample in; returns enum drain_moved. */
unsigned drain_observe(struct drain *drain, const struct sample *sample);
int64_t lane_lag(const struct lane *lane); /* records of this run that are not committed */
int64_t drain_lag(const struct drain *drain);
bool lane_is_undefined(const struct lane *lane); /* records, and nobody can say what is committed */
ns_t drain_frozen(const struct drain *drain, ns_t now);

/* drain_gates.c */
unsigned drain_gates(const struct drain *drain, const struct sample *sample,
                     const struct drain_facts *facts, unsigned moved);
void drain_gate_names(unsigned failing, char *ret_text, size_t size);
ns_t drain_deadline(const struct drain *drain);
ns_t drain_still_span(const struct drain *drain); /* standing still for so long proves something */
/* Neither rows nor a count of what was published tell when everybody is there. */
bool drain_is_weak(const struct drain *drain);
int64_t drain_slots(const struct drain *drain); /* counted within the limit; 0: no telling */

/* drain_detail.c: the sentence that goes with the outcome. */
void drain_describe(struct drain *drain, const struct round *round);

#endif
