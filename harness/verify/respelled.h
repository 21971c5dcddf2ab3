/* Users who have no coupon, and coupons of nobody, that would find each other had something not
 * changed how ids are written (model/alike.h): neither a loss nor a stranger is proved by them. */
#ifndef VERIFY_RESPELLED_H
#define VERIFY_RESPELLED_H

#include "verify/case.h"

struct respelled {
    size_t users;    /* who have no row, but for this */
    size_t rows;     /* of nobody, but for this */
    int64_t user;    /* one of the users, and */
    int64_t other;   /* who is in the row */
    const char *how; /* "case"; see alike_how */
};

/* All zero where there are none, as always with numbers. O(users + rows). */
struct respelled respelled_find(const struct case_file *facts);

/* Says so in a finding that is about to blame the service: unknown, with what to look at. */
void respelled_say(const struct case_file *facts, const struct respelled *respelled,
                   struct finding *finding);

#endif
