/* Plants: whole runs made up inside the program, for the verifier's own test. A simulated exact
 * service answers a simulated load at known instants, so that the truth about every user is known;
 * corruptions (corrupt.h) then change a run in one way. Pure and seeded: the same seed gives the
 * same run. Owned by one thread. */
#ifndef VERIFY_PLANT_H
#define VERIFY_PLANT_H

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

struct plant_user {
    int64_t user;
    enum fate fate;
    bool twice;     /* asked twice (once_per_user only) */
    bool parked;    /* its slot ended among the failed events */
    size_t request; /* the one that decided */
    ns_t applied;   /* when it took effect */
};

enum plant_shape { PLANT_BURST, PLANT_WAVES, PLANT_SHAPES };

#define PLANT_EXPECTS    10
#define PLANT_PARTITIONS 3

struct plant {
    struct rng rng;
    enum plant_shape shape;
    bool once_per_user; /* a second request of a user is told no, and only accepts are counted */
    bool undecided;     /* every answer is the same: only the stores know who won */
    bool sold_out;      /* certainly more users than the limit */
    struct plant_user *users;
    size_t users_count;

    struct scenario scenario; /* points into the members below */
    struct spec_phase phase;
    struct spec_burst burst;
    struct spec_waves waves;
    struct spec_rule accepted_rule, rejected_rule, undecided_rule;
    struct spec_rows coupons, parked;
    struct spec_counter counter;
    struct spec_pipeline pipeline;
    struct spec_expect expect[PLANT_EXPECTS];
    char *topics[1];

    struct run run;
};

/* A correct run: every check must pass. Errors: ERR_MEMORY. The caller frees with plant_free. */
int plant_new(uint64_t seed, struct plant **ret_plant, struct err *err)
    __attribute__((warn_unused_result));
void plant_free(struct plant *plant); /* NULL is fine */

/* Writes the timeline, the drain's result and the tally anew, as they follow from history and
 * stores. Called by plant_new, and again after a corruption of the stores. */
int plant_observe(struct plant *plant, struct err *err) __attribute__((warn_unused_result));

struct spec_expect *plant_expect(struct plant *plant, const char *check);

/* Stores. */
int plant_add_row(struct plant *plant, int64_t user, struct err *err);
int plant_add_record(struct plant *plant, int64_t user, struct err *err);
int plant_park(struct plant *plant, int64_t user, struct err *err);
void plant_remove_rows(struct plant *plant, int64_t user);
void plant_remove_records(struct plant *plant, int64_t user);

#endif
