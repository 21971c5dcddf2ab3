/* Dialing: opening many TCP connections to the target, without libcurl, so that every way to fail
 * can be told apart and a full listen backlog can be tried again at once instead of after the
 * kernel's second. libcurl is given the connected sockets. @thread any. */
#ifndef LOAD_DIAL_H
#define LOAD_DIAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "load/http/target.h"

struct dial_tally {
    int64_t opened;
    int64_t refused;
    int64_t unanswered; /* no answer to the connect by the deadline: a full backlog, or a filter */
    int64_t no_descriptor;
    int64_t no_port; /* every local port is taken */
    int64_t other;
    int other_error; /* errno of the last of them */
    int64_t again; /* attempts that were given up and made once more; they count as nothing else */
};

/* Fills ret_fds (count of them, each to its target; -1 where it failed) and adds to the tally.
 * Returns soon after stop, the deadline, or the first refusal: a burst needs all of them. */
void dial_all(const struct target *const *targets, int *ret_fds, size_t count, ns_t deadline,
              const atomic_bool *stop, struct dial_tally *tally);

/* A socket to connect to the target with; -1: why not stands in the tally. dial_note: errno of a
 * connection that did not come about. */
int dial_socket(const struct target *target, struct dial_tally *tally);
void dial_note(struct dial_tally *tally, int error);

void dial_tally_add(struct dial_tally *into, const struct dial_tally *from);

#endif
