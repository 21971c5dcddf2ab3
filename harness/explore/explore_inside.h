/* What exploring is at; for its own files and their tests. */
#ifndef EXPLORE_EXPLORE_INSIDE_H
#define EXPLORE_EXPLORE_INSIDE_H

#include "base/rng.h"
#include "explore/explore.h"
#include "explore/plan.h"

struct explore {
    const struct scenario *scenario;
    const struct explore_settings *settings;
    struct explore_result *result;
    struct plan base; /* what the stack was started with */
    struct plan plan; /* of the round */
    struct stack *stack;
    struct run *run, *before; /* of the round, and of the one before */
    ns_t deadline;            /* of a hold */
    int64_t rounds;           /* that are to be */
    struct rng rng;
};

void explore_tell(const struct explore *explore, const char *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Plays one load on the stack, which is started or reset for it: explore->run. Only what ends all
 * exploring is an error: a round that proved nothing is told by its findings. */
int explore_play(struct explore *explore, enum plan_kind kind, int64_t requests,
                 const struct stack_hold *hold, struct err *err);

/* Rounds that hold each shape with which a gap begins, in turns (round.c). None begins after
 * give_up. */
int explore_hold(struct explore *explore, ns_t give_up, struct err *err);

/* Is this check spoiled by a hold? */
bool explore_is_exempt(const char *check);

/* What the findings of a round come to when those that a hold spoils do not count. */
enum verdict explore_judge(const struct findings *findings);

#endif
