/* Corruptions: each changes a planted run in one way and says which checks must no longer pass, and
 * whom they must name. All other checks must still pass. Pure and seeded by the plant's own state.
 */
#ifndef VERIFY_CORRUPT_H
#define VERIFY_CORRUPT_H

#include "verify/plant.h"

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

struct corruption {
    const char *name;
    const char *check; /* that it is made for */
    /* Changes the run and fills the expectations. False: not possible in this plant, which may be
     * changed then; try another. */
    bool (*apply)(struct plant *plant, struct expectations *ret_expectations);
};

const struct corruption *corruptions_rows(size_t *ret_count);      /* corrupt_rows.c */
const struct corruption *corruptions_answers(size_t *ret_count);   /* corrupt_answers.c */
const struct corruption *corruptions_run(size_t *ret_count);       /* corrupt_run.c */
const struct corruption *corruptions_processes(size_t *ret_count); /* corrupt_processes.c */

/* ---- for those who write corruptions ---- */

struct expected *expect_not(struct expectations *expectations, const char *check,
                            enum verdict verdict);
struct expected *expect_fail(struct expectations *expectations, const char *check);
struct expected *expect_unknown(struct expectations *expectations, const char *check);
void expect_user(struct expected *expected, int64_t user); /* makes it named */

/* A random user of that fate with exactly one request and, for slots, a coupon; NULL: none. */
struct plant_user *pick_user(struct plant *plant, enum fate fate);
/* The same, of those who asked twice. */
struct plant_user *pick_twice(struct plant *plant, enum fate fate);

struct request *request_of(struct plant *plant, const struct plant_user *user);

/* A user id that nobody in the run has. */
int64_t stranger(struct plant *plant);

#endif
