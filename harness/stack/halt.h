/* Reasons to stop waiting: the user asked to stop, or another server of the stack could not start.
 * Any thread. */
#ifndef STACK_HALT_H
#define STACK_HALT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"

struct halt {
    const volatile bool *stop; /* set by a signal handler; NULL: never */
    atomic_bool abandoned;     /* set by whoever failed first */
};

/* 0, or ERR_INTERRUPTED with what was going on in the message. */
static inline int halt_check(const struct halt *halt, const char *doing, struct err *err)
{
    if (halt->stop && *halt->stop)
        return err_set(err, ERR_INTERRUPTED, "interrupted while %s", doing);
    if (atomic_load(&halt->abandoned))
        return err_set(err, ERR_INTERRUPTED, "given up while %s", doing);
    return 0;
}

#endif
