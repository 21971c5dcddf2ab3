/* Synthetic runs: whole runs made up inside the program, for the verifier's own test. A simulated
 * exact service answers a simulated load at known instants, so that the truth about every user is
 * known; mutations (mutation.h) then change a run in one way. Pure and seeded: the same seed gives
 * the same run. Owned by one thread. */
#ifndef SELFTEST_SYNTHETIC_H
#define SELFTEST_SYNTHETIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "model/run.h"

/* What really became of a user. */
enum fate {
    FATE_WINNER, /* took a slot and was told yes */
    FATE_LOSER,  /* told no */
    FATE_GHOST,  /* took a slot, but its answer was lost */
    FATE_LIMBO,  /* its request was lost on the way: no slot, no answer */
    FATE_BROKEN, /* answered 500, took no slot */
    FATE_ABSENT, /* connection refused */
};

struct synthetic_user {
    int64_t user;
    enum fate fate;
    bool twice;     /* asked twice (once_per_user only) */
    bool parked;    /* its slot ended among the failed events */
    size_t request; /* the one that decided */
    ns_t applied;   /* when it took effect */
};

enum synthetic_shape { SYNTHETIC_BURST, SYNTHETIC_WAVES, SYNTHETIC_SHAPES };

#define SYNTHETIC_EXPECTS    10
#define SYNTHETIC_PARTITIONS 3

struct synthetic {
    struct rng rng;
    enum synthetic_shape shape;
    bool once_per_user; /* a second request of a user is told no, and only accepts are counted */
    bool undecided;     /* every answer is the same: only the stores know who won */
    bool sold_out;      /* certainly more users than the limit */
    struct synthetic_user *users;
    size_t users_count;

    struct scenario scenario; /* points into the members below */
    struct spec_phase phase;
    struct spec_rule accepted_rule, rejected_rule, undecided_rule;
    struct spec_rows coupons, parked;
    struct spec_counter counter;
    struct spec_pipeline pipeline;
    struct spec_expect expect[SYNTHETIC_EXPECTS];
    char *topics[1];
    struct spec_idempotency keys;
    struct spec_items items; /* of mutations that put them in */
    struct spec_pair each;
    struct spec_stock stock;
    char stock_text[24];
    struct spec_action actions[2];
    struct spec_ttl hold;
    struct spec_phase phases[2];

    struct run run;
};

/* A correct run: every check must pass. Errors: ERR_MEMORY. The caller frees with synthetic_free.
 */
int synthetic_new(uint64_t seed, struct synthetic **ret_synthetic, struct err *err)
    __attribute__((warn_unused_result));
void synthetic_free(struct synthetic *synthetic); /* NULL is fine */

/* Writes the timeline, the drain's result and the tally anew, as they follow from history and
 * stores. Called by synthetic_new, and again after a mutation of the stores. */
int synthetic_observe(struct synthetic *synthetic, struct err *err)
    __attribute__((warn_unused_result));

struct spec_expect *synthetic_expect(struct synthetic *synthetic, const char *check);

/* Stores. */
int synthetic_add_row(struct synthetic *synthetic, int64_t user, struct err *err);
int synthetic_add_record(struct synthetic *synthetic, int64_t user, struct err *err);
int synthetic_park(struct synthetic *synthetic, int64_t user, struct err *err);
void synthetic_remove_rows(struct synthetic *synthetic, int64_t user);
void synthetic_remove_records(struct synthetic *synthetic, int64_t user);

#endif
