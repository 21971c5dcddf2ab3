/* What a request of `prepare` takes out of its answer: "json:/accessToken", "header:X-CSRF",
 * "cookie:SESSION", "regex:name=\"csrf\" value=\"([^\"]+)\"". Read-only once compiled; any thread.
 */
#ifndef LOAD_EXTRACT_H
#define LOAD_EXTRACT_H

#include "base/buf.h"
#include "base/err.h"
#include "load/http/pattern.h"
#include "model/spec.h"

struct extract {
    const char *name; /* borrowed, as the others are */
    const char *source;
    const struct extract_kind *kind;
    const char *what;        /* behind the kind: the pointer, the header's name … */
    struct pattern *pattern; /* owned; of a regular expression */
};

/* An answer as it came. */
struct extract_answer {
    const char *headers; /* lines, each ended by \n */
    const char *body;
    size_t body_length;
    const char *path; /* that was asked for, from its slash on; NULL: "/" */
};

/* Errors: ERR_USAGE, ERR_MEMORY. extract_free takes a zeroed one. */
int extract_compile(const struct spec_pair *spec, struct extract *ret_extract, struct err *err)
    __attribute__((warn_unused_result));
void extract_free(struct extract *extract);

/* Replaces the text of ret_value. False: the answer has none. Of a header that came several times
 * the last one counts. */
bool extract_value(const struct extract *extract, const struct extract_answer *answer,
                   struct buf *ret_value);

/* Has a value masked from now on when it is a secret: tokens are, what was in a cookie, and
 * whatever else was made by a machine; the user's own id is not. */
void extract_learn(const struct extract *extract, const char *text, const char *user);

/* The same of all cookies of "a=1; b=2". */
void extract_learn_cookies(const char *cookies, const char *user);

#endif
