/* Faults that the scenario asks for and that never came: the run does not show what it was meant
 * to. Pure. */
#ifndef VERIFY_MISSED_H
#define VERIFY_MISSED_H

#include <stdbool.h>
#include <stddef.h>

#include "model/run.h"

/* Names the first of them, and what it waited for. False: each was carried out, or the run ended
 * early and says so itself. */
bool missed_fault(const struct run *run, char *ret_text, size_t size);

#endif
