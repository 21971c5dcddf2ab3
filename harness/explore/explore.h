/* Exploring a scenario: what its service says to its stores is observed, traced request by request,
 * and then each gap between two statements is held open while a burst is in it. Main thread; prints
 * nothing. */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include <stdio.h>

#include "base/err.h"
#include "engine/engine.h"
#include "explore/gap.h"
#include "explore/plan.h"
#include "explore/steps.h"
#include "model/run.h"

/* What is told while it goes on; text is a line without its end. */
typedef void explore_teller(void *context, const char *step, const char *text);

struct explore_settings {
    struct engine_settings engine;
    const char *output;   /* root of the reports */
    int64_t rounds;       /* a gap */
    int64_t decided;      /* so many decided rounds in all instead; 0: rounds a gap */
    ns_t time;            /* no round begins later than this after the start */
    bool keep_going;      /* after a violation */
    bool crash;           /* processes are killed while an answer is held, too */
    ns_t shrink;          /* so long for making a violation small; 0: it stays as it is */
    explore_teller *tell; /* NULL: nobody listens */
    /* Writes a run's files into its directory. */
    int (*save)(const struct run *run, struct err *err);
    void *context; /* of tell */
};

#define EXPLORE_VIOLATIONS_MAX 64
#define EXPLORE_CRASHES_MAX    64

/* What a round is: who comes, and what is held meanwhile. */
struct explore_round {
    enum plan_kind kind;
    int64_t limit;
    int64_t requests;                 /* of the burst */
    uint16_t answers[PLAN_STEPS_MAX]; /* shapes; held one after the other */
    unsigned answers_count;           /* 0: nothing is held */
    ns_t deadline;
    char crash[32]; /* the process that is killed while an answer is held; "": none */
};

/* The smallest round that is still a violation. */
struct explore_smallest {
    bool found;
    struct explore_round round;
    int64_t failed, played; /* when it was played again and again */
    ns_t pause;             /* that it needs, when it is long for a program that only runs; 0 */
    bool unsure;            /* there was no time to ask for a shorter one */
    char file[sizeof((struct run *)0)->dir]; /* the scenario */
    char dir[sizeof((struct run *)0)->dir];  /* a report of it */
};

/* A round whose findings are a violation. */
struct explore_violation {
    struct explore_round round;
    unsigned gap;      /* its place among the gaps; of a crash among the crashes */
    int64_t inside;    /* most at once in the gap */
    char checks[160];  /* "cap_exact, cap_safety" */
    char message[512]; /* of the first of them */
    char said[2][sizeof((struct race *)0)->said[0]]; /* how it came, in words, or "" */
    char dir[sizeof((struct run *)0)->dir];          /* its report */
    struct explore_smallest smallest;
};

/* A statement whose process is killed before the answer comes to it. */
struct explore_crash {
    uint16_t shape;
    uint8_t door;
    int64_t rounds;
    int64_t reached; /* of them: those in which it came to that */
    int64_t decided, violated;
};

struct explore_result {
    char dir[sizeof((struct run *)0)->dir];
    struct observed observed; /* of the scenario's own load; owned */
    struct gaps gaps;
    struct trace_shape shapes[TRACE_SHAPES_MAX]; /* what the gaps' numbers mean */
    struct trace_door doors[TRACE_STORES_MAX];
    bool faults;             /* the scenario has some, which are left out */
    int64_t limit;           /* at which it was explored */
    int64_t traced;          /* requests in the trace */
    int64_t yes;             /* users in it who were told so */
    int64_t no;              /* requests */
    bool all_told;           /* every request was told one of the two */
    int64_t rounds, decided; /* that held something */
    bool out_of_time;
    bool broken_off;        /* by an error, or by who is in a hurry: no pass, whatever is known */
    enum verdict own;       /* of the scenario's own load at its own limit, with nothing held */
    char own_text[512];     /* what it comes to, when that is no pass */
    bool own_strange;       /* nobody was told yes, and not everybody no */
    struct steps own_steps; /* what was seen in it */
    struct steps unheld;    /* of that and of the trace: what no gap has, so that nothing of it was
                               held */
    char unseen[512];       /* why the statements that were seen are not all; "": they are */
    bool acts;              /* the scenario has actions, which no round sends */
    char advice[256];
    struct explore_crash crashes[EXPLORE_CRASHES_MAX];
    unsigned crashes_count;
    struct explore_violation violations[EXPLORE_VIOLATIONS_MAX];
    unsigned violations_count;
    ns_t took;
};

/* Errors: of the environment, of usage, or ERR_INTERRUPTED; the result tells what was known by
 * then. */
int explore_run(const struct scenario *scenario, const struct explore_settings *settings,
                struct explore_result *ret_result, struct err *err)
    __attribute__((warn_unused_result));
void explore_free(struct explore_result *result);

/* The exit code that this result stands for; accept: gaps that were not opened do. */
int explore_exit_code(const struct explore_result *result, bool accept);

/* Gaps in a state. */
unsigned explore_count(const struct explore_result *result, enum gap_state state);

/* "apply is killed before it has the answer to INCR …". */
const char *explore_crash_text(const struct explore_result *result,
                               const struct explore_crash *crash, char *ret_text, size_t size);

/* "2 requests at the last place, limit 1, holding `…`", and "fails 20 of 20; needs …". */
const char *explore_round_text(const struct explore_result *result,
                               const struct explore_round *round, char *ret_text, size_t size);
const char *explore_smallest_text(const struct explore_smallest *smallest, char *ret_text,
                                  size_t size);

/* "SELECT …, then INSERT …", with the stores' names where they are two. */
const char *explore_gap_text(const struct explore_result *result, const struct gap *gap,
                             char *ret_text, size_t size);

/* Writes explore.json, and junit.xml with a test case a gap, into the result's directory. */
int explore_save(const struct explore_result *result, const char *scenario, bool accept,
                 struct err *err) __attribute__((warn_unused_result));
int explore_print_json(const struct explore_result *result, const char *scenario, bool accept,
                       FILE *out, struct err *err) __attribute__((warn_unused_result));

#endif
