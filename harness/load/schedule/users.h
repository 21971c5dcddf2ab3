/* Users: who sends which request. New phases take the next users; a phase that runs `again` takes
 * those of the phases before, from the first one on. Pure but for its own memory.
 * @thread driver, except users_fill: any, on a plan that nobody changes meanwhile. */
#ifndef LOAD_USERS_H
#define LOAD_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/history.h"
#include "model/roster.h"
#include "model/share.h"
#include "model/spec.h"

struct users {
    const struct roster *roster; /* borrowed: which user is at which place */
    struct share share;          /* of them; the others are somebody else's */
    size_t repeat;               /* requests of one user in a phase */
    size_t known;                /* users that have been used so far */
    uint8_t *attempts;           /* requests made, by place of the user; owned; sticks at 255 */
    size_t room;
};

/* The users of one phase, by index in the phase: of a share, by index in that. */
struct users_plan {
    const struct users *users;
    size_t begin; /* place of its first user */
    size_t span;  /* so many users, then from the first again; 0: no end */
    uint8_t phase;
};

void users_init(struct users *users, const struct spec_users *spec, const struct roster *roster,
                const struct share *share);
void users_free(struct users *users);

/* again without a user before is the same as not again. */
void users_plan(const struct users *users, bool again, uint8_t phase, struct users_plan *ret_plan);

/* How many of so many requests of the phase are those of the share, and which one of them all its
 * k-th is. */
size_t users_part(const struct users_plan *plan, size_t requests);
size_t users_index(const struct users_plan *plan, size_t k);

/* The phase has taken its users, those of other shares too. Errors: ERR_MEMORY. */
int users_pass(struct users *users, const struct users_plan *plan, size_t requests, struct err *err)
    __attribute__((warn_unused_result));

/* Sets user, attempt and phase of the record at an index of the phase. */
void users_fill(const struct users_plan *plan, size_t index, struct request *record);

/* Takes note of a phase's records. Errors: ERR_MEMORY. */
int users_note(struct users *users, const struct request *records, size_t count, struct err *err)
    __attribute__((warn_unused_result));

/* Users of the share without a decision (accepted or rejected) in the history, in the order of
 * their places: the plan of a retry. ret_places is the caller's to free. */
int users_undecided(const struct users *users, const struct history *history, size_t **ret_places,
                    size_t *ret_count, struct err *err) __attribute__((warn_unused_result));

#endif
