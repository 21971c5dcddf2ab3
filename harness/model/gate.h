/* Gates by name and the rule that chooses one. Pure. What each gate holds back is told in
 * load/gate.h, where they are. */
#ifndef MODEL_GATE_H
#define MODEL_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/spec.h"

const char *gate_name(enum gate gate); /* "last-byte" */
int gate_find(const char *name);       /* -1 when there is no such name */

/* The gate for a burst: the one asked for, or for GATE_AUTO the tightest that holds for the size
 * and the target. Writes why into ret_reason. */
enum gate gate_choose(enum gate asked, int64_t requests, bool tls, char *ret_reason, size_t size);

#endif
