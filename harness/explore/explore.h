/* Exploring a scenario: what its service says to its stores is observed, traced request by request,
 * and then each gap between two statements is held open while a burst is in it. Main thread; prints
 * nothing. */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include <stdio.h>

#include "base/err.h"
#include "engine/engine.h"
#include "explore/gap.h"
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
    explore_teller *tell; /* NULL: nobody listens */
    /* Writes a run's files into its directory. */
    int (*save)(const struct run *run, struct err *err);
    void *context; /* of tell */
};

#define EXPLORE_VIOLATIONS_MAX 64

/* A round whose findings are a violation. */
struct explore_violation {
    unsigned gap;     /* its place among the gaps */
    int64_t requests; /* of the burst */
    int64_t limit;
    int64_t inside;                                  /* most at once in the gap */
    char checks[160];                                /* "cap_exact, cap_safety" */
    char message[512];                               /* of the first of them */
    char said[2][sizeof((struct race *)0)->said[0]]; /* how it came, in words, or "" */
    char dir[sizeof((struct run *)0)->dir];          /* its report */
};

struct explore_result {
    char dir[sizeof((struct run *)0)->dir];
    struct observed observed; /* of the scenario's own load; owned */
    struct gaps gaps;
    struct trace_shape shapes[TRACE_SHAPES_MAX]; /* what the gaps' numbers mean */
    struct trace_door doors[TRACE_STORES_MAX];
    int64_t limit;  /* at which it was explored */
    int64_t traced; /* requests in the trace */
    int64_t yes, no;
    int64_t rounds, decided; /* that held something */
    bool out_of_time;
    bool own_failed;    /* the scenario's own load, with nothing held, ended in a violation … */
    char own_text[512]; /* … this one; or why it was undecided */
    char unseen[512];   /* why the statements that were seen are not all; "": they are */
    char advice[256];
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

/* "SELECT …, then INSERT …", with the stores' names where they are two. */
const char *explore_gap_text(const struct explore_result *result, const struct gap *gap,
                             char *ret_text, size_t size);

/* Writes explore.json, and junit.xml with a test case a gap, into the result's directory. */
int explore_save(const struct explore_result *result, const char *scenario, bool accept,
                 struct err *err) __attribute__((warn_unused_result));
int explore_print_json(const struct explore_result *result, const char *scenario, bool accept,
                       FILE *out, struct err *err) __attribute__((warn_unused_result));

#endif
