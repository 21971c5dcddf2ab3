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
    struct plan base;               /* the stack's, which is told when its limit changes */
    struct plan plan;               /* of the round */
    bool in_step[TRACE_SHAPES_MAX]; /* held behind the statement before it */
    struct steps single;            /* of the requests of the trace */
    struct stack *stack;
    struct run *run, *before; /* of the round, and of the one before */
    ns_t deadline;            /* of a hold */
    ns_t calm;                /* between single requests */
    int64_t rounds;           /* that are to be */
    int64_t unserved;         /* of them: those in which everybody was told no */
    struct rng rng;
};

void explore_tell(const struct explore *explore, const char *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Plays one load on the stack, which is started or reset for it: explore->run. Only what ends all
 * exploring is an error: a round that proved nothing is told by its findings. */
int explore_play(struct explore *explore, const struct explore_round *round, struct err *err);

/* The scenario's own load, with nothing held (learn.c). */
int explore_observe(struct explore *explore, struct err *err);
/* Single requests, one at a time: the gaps between their statements (learn.c). */
int explore_trace(struct explore *explore, struct err *err);

/* What the numbers of shapes and doors stand for, as far as the trace has got. */
void explore_learn_words(struct explore_result *result, const struct trace *trace);

/* Keeps what was played as a violation, with a report of its own (round.c). */
int explore_keep(struct explore *explore, const struct explore_round *round, unsigned place,
                 int64_t inside, struct err *err);
/* May another round begin? */
bool explore_is_over(struct explore *explore, ns_t give_up);
/* How many requests the burst of this turn has, and when it comes. */
void explore_choose(struct explore *explore, int64_t turn, struct explore_round *ret_round);

/* Rounds that hold each shape with which a gap begins, in turns (round.c). None begins after
 * give_up. */
int explore_hold(struct explore *explore, ns_t give_up, struct err *err);

/* Rounds that kill a process while an answer to it is held (crash.c). */
int explore_crash(struct explore *explore, ns_t give_up, struct err *err);

/* The first violation of each gap and crash, made as small as it gets (shrink.c). */
int explore_shrink(struct explore *explore, struct err *err);
/* Writes the scenario of the plan that was played last, with comments, for people to run. */
int explore_save_smallest(struct explore *explore, const struct explore_violation *violation,
                          struct err *err);

/* Is a gap as it should be, when gaps that were not opened do (accept)? */
bool explore_is_settled(const struct gap *gap, bool accept);
void explore_print_junit(const struct explore_result *result, const char *scenario, bool accept,
                         FILE *out);

/* What is not judged when answers are held, or stands for the scenario's own load. */
bool explore_is_exempt(const char *check);

/* Why that is unknown. */
void explore_why(const struct run *run, char *ret_text, size_t size);

/* What a run comes to when that does not count. */
enum verdict explore_judge(const struct run *run);

#endif
