/* Reading the proxy's journal back: records of the program become statements of a trace. Any
 * thread. */
#ifndef STACK_TRANSCRIPT_H
#define STACK_TRANSCRIPT_H

#include "base/err.h"
#include "model/trace.h"

/* Fills ret_trace's statements, groups and connections from the records [from, to) of the journal;
 * what of a statement lies outside of them is not known. Its doors and shapes are the caller's.
 * Errors: ERR_ENVIRONMENT, ERR_MEMORY. */
int transcript_read(const char *path, uint64_t from, uint64_t to, struct trace *ret_trace,
                    struct err *err) __attribute__((warn_unused_result));

#endif
