/* Gates by name and the rule that chooses one. Pure. What each gate holds back is told in
 * load/gate/gate.h, where they are. */
#ifndef MODEL_GATE_H
#define MODEL_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/spec.h"

extern const char *const gate_words[]; /* by enum gate, ended by NULL */

const char *gate_name(enum gate gate); /* "last-byte" */
int gate_find(const char *name);       /* -1 when there is no such name */

/* Does the gate of this name make a burst one by construction? Every request of it lies in the
 * target's sockets before the target can look at the first. */
bool gate_freezes(const char *name);

/* Are the connections opened by the release itself? What is simultaneous then, and stamped, are the
 * connects: when each request reached the target is not known. */
bool gate_connects(const char *name);

/* Does it hold back frames, which only HTTP/2 has? */
bool gate_frames(enum gate gate);

/* Is the greater part of each request with the target before the release, and a handler that does
 * not wait for the rest may act on it? */
bool gate_splits(const char *name);

struct gate_facts {
    bool frames; /* HTTP/2 is spoken: nothing else matters then */
    bool urgent; /* this kernel lets the release have real-time priority */
    bool own;    /* the target's processes are the run's own: they can be stopped */
};

/* The gate for a burst: the one asked for, or for GATE_AUTO the tightest that holds, by a table of
 * what was measured. Writes why into ret_reason. */
enum gate gate_choose(enum gate asked, const struct gate_facts *facts, char *ret_reason,
                      size_t size);

#endif
