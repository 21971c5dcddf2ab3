/* Who was not there: what a fault of the scenario's own took away for good, or a program that ended
 * by itself while the load went on. Whatever is missing then is first of all that one's. Pure. */
#ifndef VERIFY_GONE_H
#define VERIFY_GONE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/run.h"

/* The fault that took that process or server away, and that nothing undid: its place in `faults`;
 * -1: none. target NULL: any. */
int gone_fault(const struct run *run, const char *target);

/* "faults.0 (kill apply) took it away, …", or "apply ended by itself with exit code 0 during the
 * load". False: everybody was there, as far as is known. */
bool gone_describe(const struct run *run, char *ret_text, size_t size);

/* "signal 11 (SIGSEGV)", "exit code 3" */
const char *gone_how_ended(const struct process_info *process, char *ret_text, size_t size);

#endif
