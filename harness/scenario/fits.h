/* What no single value can show: that the parts of a scenario fit together. */
#ifndef SCENARIO_FITS_H
#define SCENARIO_FITS_H

#include <stdbool.h>

#include "base/err.h"
#include "model/spec.h"
#include "scenario/tree.h"

struct fits {
    const struct scenario *scenario;
    const struct tree *tree; /* what was given, spelled out: it knows the lines */
    const char *name;
    struct err *err;
};

/* "name:line: path: what", with the line of the deepest node on the path. Returns -ERR_USAGE. */
int fits_refuse(const struct fits *fits, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A path with one number in it: fits_path("load", 0, ".burst").text is "load.0.burst". */
struct fits_path {
    char text[96];
};
struct fits_path fits_path(const char *list, unsigned number, const char *rest);

/* Errors: ERR_USAGE with "name:line: path: what; allowed: …". */
int fits_check(const struct fits *fits);

/* One for each part, in the order of a scenario. */
int fits_stack(const struct fits *fits);
int fits_between(const struct fits *fits);
int fits_setup(const struct fits *fits);
int fits_processes(const struct fits *fits);
int fits_request(const struct fits *fits);
int fits_grpc(const struct fits *fits);
int fits_responses(const struct fits *fits);
int fits_decide(const struct fits *fits);
int fits_items(const struct fits *fits);
int fits_actions(const struct fits *fits);
int fits_load(const struct fits *fits);
int fits_evidence(const struct fits *fits);
int fits_pipeline(const struct fits *fits);
int fits_drain(const struct fits *fits);
int fits_expect(const struct fits *fits);
int fits_faults(const struct fits *fits);
int fits_references(const struct fits *fits);

/* Keys of orders, and a phase that uses them again. */
int fits_keys(const struct fits *fits);
int fits_reuse(const struct fits *fits, unsigned index);
/* Does a text that the request sends hold it? */
bool fits_sends(const struct spec_request *request, const char *what);

/* A phase of actions. */
int fits_act(const struct fits *fits, unsigned index);

/* That what is to be run can be; what has been run is loaded as it was. */
int fits_readable(const struct fits *fits);
int fits_prepare(const struct fits *fits);

/* Does it say where in an answer a capture is: json:, header:, cookie: or regex:? */
bool fits_is_source(const char *text);

/* What is wrong with a query, or with where it is asked, is said before anything starts; a
 * reference that leads nowhere is not told here. only: the one store that may answer; NULL: any. */
int fits_query(const struct fits *fits, const char *path, const char *key, const char *only,
               const char *where, const char *text);

#endif
