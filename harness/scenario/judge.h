/* One judge for each part of a scenario: that it fits together with the others. Called by
 * validate.c in the order of a scenario; each returns 0 or -ERR_USAGE with the message filled in.
 */
#ifndef SCENARIO_JUDGE_H
#define SCENARIO_JUDGE_H

#include "base/err.h"
#include "model/spec.h"
#include "scenario/tree.h"

struct judge {
    const struct scenario *scenario;
    const struct tree *tree; /* the canonical one: it knows the lines */
    const char *name;
    struct err *err;
};

/* "name:line: path: what", with the line of the deepest node on the path. Returns -ERR_USAGE. */
int judge_refuse(const struct judge *judge, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A path with one number in it: judge_path("load", 0, ".burst").text is "load.0.burst". */
struct judge_path {
    char text[96];
};
struct judge_path judge_path(const char *list, unsigned number, const char *rest);

int judge_stack(const struct judge *judge);
int judge_processes(const struct judge *judge);
int judge_request(const struct judge *judge);
int judge_responses(const struct judge *judge);
int judge_load(const struct judge *judge);
int judge_evidence(const struct judge *judge);
int judge_drain(const struct judge *judge);
int judge_expect(const struct judge *judge);
int judge_faults(const struct judge *judge);

#endif
