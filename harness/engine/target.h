/* Where load may go. Load on a host that is not this machine needs the user's word. Any thread. */
#ifndef ENGINE_TARGET_H
#define ENGINE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* True for localhost and for every literal address of the loopback range, whatever its spelling; a
 * name that merely resolves to loopback today is not. */
bool target_is_loopback(const char *host);

/* The URL's host must be loopback or one of allowed. Errors: ERR_USAGE, also for a URL that has no
 * host. */
int target_check(const char *url, const char *const *allowed, size_t allowed_count, struct err *err)
    __attribute__((warn_unused_result));

#endif
