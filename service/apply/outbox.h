/* The relay's side of Redis: the outbox, the lease, the marks. Blocking; connects when needed and
 * again after a failure. One thread. */
#ifndef APPLY_OUTBOX_H
#define APPLY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/redis_address.h"
#include "base/clock.h"
#include "base/err.h"

enum { OUTBOX_BATCH = 500 };

struct outbox;

/* How far a partition was published when the outbox was last shortened: the next record's offset.
 */
struct mark {
    int32_t partition;
    int64_t offset;
};

/* Connects to nothing yet. timeout: of a connection attempt and of a command. */
int outbox_new(const struct redis_address *address, ns_t timeout, struct outbox **ret_outbox,
               struct err *err) __attribute__((warn_unused_result));
void outbox_free(struct outbox *outbox);

/* Takes the lease, or prolongs it, when nobody else holds it. Every outbox has a name of its own.
 */
int outbox_hold(struct outbox *outbox, ns_t span, bool *ret_held, struct err *err)
    __attribute__((warn_unused_result));
void outbox_let_go(struct outbox *outbox);

/* The users with the lowest ranks, at most OUTBOX_BATCH, and the length of the outbox. */
int outbox_list(struct outbox *outbox, int64_t *ret_users, size_t *ret_count, uint64_t *ret_length,
                struct err *err) __attribute__((warn_unused_result));

/* Removes users and notes marks, in one transaction. Users who are not there are no error;
 * *ret_removed counts those who were. */
int outbox_remove(struct outbox *outbox, const int64_t *users, size_t count,
                  const struct mark *marks, size_t mark_count, uint64_t *ret_removed,
                  struct err *err) __attribute__((warn_unused_result));

/* The mark of a partition; -1 when there is none. */
int outbox_mark(struct outbox *outbox, int32_t partition, int64_t *ret_offset, struct err *err)
    __attribute__((warn_unused_result));

#endif
