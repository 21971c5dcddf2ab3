/* Owners: whose request a statement of the trace belongs to. Seen where the statement shows the id
 * of a user, as a literal or a parameter; told by the transaction that it shares with such a one;
 * else guessed: by the connection, where requests keep one for themselves, else by time. Pure. */
#ifndef VERIFY_OWNERS_H
#define VERIFY_OWNERS_H

#include "base/err.h"
#include "model/history.h"
#include "model/trace.h"

/* Sets `how` and `request` of every statement of a sorted trace. */
int owners_find(const struct history *history, struct trace *trace, struct err *err)
    __attribute__((warn_unused_result));

#endif
