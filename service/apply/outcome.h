/* How a request can end. */
#ifndef APPLY_OUTCOME_H
#define APPLY_OUTCOME_H

enum outcome {
    OUTCOME_ACCEPTED,    /* 202: a coupon is, or will be, the user's */
    OUTCOME_SOLD_OUT,    /* 410 */
    OUTCOME_ALREADY,     /* 409: the user has one, and has been told so before */
    OUTCOME_TOO_LATE,    /* 409: the order is not held any more, or not the user's */
    OUTCOME_BAD,         /* 400, with the reason */
    OUTCOME_NO_PATH,     /* 404 */
    OUTCOME_BAD_METHOD,  /* 405, with Allow */
    OUTCOME_TOO_LARGE,   /* 413 */
    OUTCOME_UNAVAILABLE, /* 503: a dependency is down, with its name */
    OUTCOME_COUNT
};

struct outcome_answer {
    int status;
    const char *phrase; /* of the status line */
    const char *result; /* of the JSON body and of the metrics' label */
};

extern const struct outcome_answer outcome_answers[OUTCOME_COUNT];

#endif
