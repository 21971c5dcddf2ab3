/* Messages: what an agent's outbox carries beside chunks, as JSON by the tables that result.json is
 * written by. Pure but for memory. */
#ifndef AGENTS_MESSAGE_H
#define AGENTS_MESSAGE_H

#include <jansson.h>

#include "agents/offset.h"
#include "model/run.h"

/* What a phase came to, of one agent. */
struct phase_report {
    struct load_phase_info info;
    int64_t phase, requests;
    ns_t first, last;       /* releases, on the agent's clock; 0: none */
    int64_t stepped;        /* by so much a clock was set meanwhile; 0: it was not */
    struct offsets offsets; /* owned: of its clock, around it */
};

/* And the whole. */
struct end_report {
    struct answers answers, polled;
    struct load_decisions decisions;
    struct load_memory memory;
};

/* Texts; NULL: no memory. The caller frees. */
char *message_of(json_t *object); /* takes it over; NULL is no memory */
char *message_phase(const struct phase_report *report);
char *message_end(const struct end_report *report);

/* Errors: ERR_USAGE (it is none), ERR_MEMORY. ret_report->offsets is the caller's to free. */
int message_read_phase(const json_t *object, struct phase_report *ret_report, struct err *err)
    __attribute__((warn_unused_result));
int message_read_end(const json_t *object, struct end_report *ret_report, struct err *err)
    __attribute__((warn_unused_result));

/* A member that is a number, or a text; 0 and "" where there is none. */
int64_t message_number(const json_t *object, const char *key);
const char *message_text(const json_t *object, const char *key);

#endif
