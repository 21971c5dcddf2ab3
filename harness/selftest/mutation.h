/* Mutations: each changes a synthetic run in one way and says which checks must no longer pass, and
 * whom they must name. All other checks must still pass. Pure and seeded by the run's own state.
 */
#ifndef SELFTEST_MUTATION_H
#define SELFTEST_MUTATION_H

#include "selftest/synthetic.h"

#define EXPECTED_MAX 24
#define NAMED_MAX    256

/* One check that must not pass. */
struct expected {
    const char *check;
    enum verdict verdict;
    bool named; /* the witnesses' users are exactly these */
    int64_t users[NAMED_MAX];
    size_t users_count;
};

struct expectations {
    struct expected v[EXPECTED_MAX];
    size_t count;
};

struct mutation {
    const char *name;
    const char *check; /* that it is made for */
    /* Changes the run and fills the expectations. False: not possible in this run, which may be
     * changed then; try another. */
    bool (*apply)(struct synthetic *synthetic, struct expectations *ret_expectations);
};

const struct mutation *mutations_rows(size_t *ret_count);      /* mutations_rows.c */
const struct mutation *mutations_answers(size_t *ret_count);   /* mutations_answers.c */
const struct mutation *mutations_run(size_t *ret_count);       /* mutations_run.c */
const struct mutation *mutations_items(size_t *ret_count);     /* mutations_items.c */
const struct mutation *mutations_processes(size_t *ret_count); /* mutations_processes.c */

/* ---- for those who write mutations ---- */

struct expected *expect_not(struct expectations *expectations, const char *check,
                            enum verdict verdict);
struct expected *expect_fail(struct expectations *expectations, const char *check);
struct expected *expect_unknown(struct expectations *expectations, const char *check);
void expect_user(struct expected *expected, int64_t user); /* makes it named */

/* A random user of that fate with exactly one request and, for slots, a coupon; NULL: none. */
struct synthetic_user *pick_user(struct synthetic *synthetic, enum fate fate);
/* The same, of those who asked twice. */
struct synthetic_user *pick_twice(struct synthetic *synthetic, enum fate fate);

struct request *request_of(struct synthetic *synthetic, const struct synthetic_user *user);

/* A user id that nobody in the run has. */
int64_t stranger(struct synthetic *synthetic);

#endif
