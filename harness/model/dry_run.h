/* A dry run: everything but the burst, as `rushproof check` has it. What a run holds as well
 * (baseline, one request's record, rows, records, the counter) is in the run beside it; here is the
 * rest. The engine fills it, report/ tells it. Pure data. */
#ifndef MODEL_DRY_RUN_H
#define MODEL_DRY_RUN_H

#include "base/clock.h"
#include "model/check.h"
#include "model/exit_code.h"
#include "model/roster.h"

enum {
    DRY_ANSWERS_MAX = 20, /* the steps of `prepare`, and the request */
    DRY_PROBLEMS_MAX = 8,
    DRY_UNSHOWN_MAX = 8,
    DRY_CHECKS_MAX = 64,
};

/* As whom the request was sent. */
enum dry_user {
    DRY_NOBODY_ASKED,  /* not at all */
    DRY_USER_INVALID,  /* as somebody who is no user: nothing is decided */
    DRY_USER_RETURNED, /* as the first user: what that takes is given back */
    DRY_USER_SPENT,    /* as the first user, and it stays so */
};

/* A request and what it was answered; printable, secrets masked. */
struct dry_answer {
    char what[24];       /* "prepare.0", "request" */
    char sent[640];      /* "POST http://127.0.0.1:8080/apply" */
    char sent_body[160]; /* of the rush's request, perhaps cut */
    long status;         /* 0: no answer came */
    ns_t took;
    char trouble[ERR_MESSAGE_MAX]; /* why none came, or why it is not what `prepare` expects; "":
                                      neither */
    char headers[2048];            /* a line each */
    char body[1024];               /* on one line, perhaps cut */
    char rules[160];               /* "responses.accepted.1": those that match */
};

struct dry_problem {
    enum exit_code code; /* that the check ends with because of it */
    char text[768];
    char advice[384];
};

/* Would a check be made? */
struct dry_check {
    const struct check *check;
    bool made;
    char why[192], add[256]; /* why not, and what would have it made */
};

struct dry_run {
    struct dry_answer answers[DRY_ANSWERS_MAX];
    unsigned answers_count;
    enum dry_user as;
    char user[ROSTER_TEXT]; /* as whom, in the service's spelling */
    bool looked;            /* the stores were read before it, and again after it */
    char reset[256];        /* that gives back, before a run, what was spent; "": nothing was */
    bool keeps_logs;        /* of the processes: they may say why no row came */
    ns_t row_after;         /* from the answer to that user's row; 0: none came */
    struct dry_check checks[DRY_CHECKS_MAX];
    unsigned checks_count;
    struct dry_problem problems[DRY_PROBLEMS_MAX];
    unsigned problems_count;
    char unshown[DRY_UNSHOWN_MAX][384]; /* what all this cannot show */
    unsigned unshown_count;
};

/* More than there is room for are dropped. */
void dry_run_problem(struct dry_run *dry, enum exit_code code, const char *advice,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void dry_run_unshown(struct dry_run *dry, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
