/* Entered: when the service says that it began to work on each request, in a header of the answer,
 * by a clock of its own: only how far apart they are means anything. @thread driver, while no
 * worker runs. */
#ifndef LOAD_ENTERED_H
#define LOAD_ENTERED_H

#include "load/net/exchange.h"
#include "model/run.h"

/* Makes room for what answers to the history's records say, where the scenario names a header;
 * freed with free(setup->entered). Errors: ERR_MEMORY. */
int entered_open(struct setup *setup, const char *header, struct err *err)
    __attribute__((warn_unused_result));

/* What the answers to these records have said. */
void entered_tell(const struct setup *setup, const struct request *records, size_t count,
                  struct load_phase_info *info);

#endif
