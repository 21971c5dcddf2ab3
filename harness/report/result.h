/* A run as result.json: the one account of it that scripts, pages and the archive share. Its shape
 * is described by reports/result.schema.json. Instants end in _ns and count from origin_ns (the
 * first release); null is "never" or "not known". Main thread. */
#ifndef REPORT_RESULT_H
#define REPORT_RESULT_H

#include <jansson.h>

#include "base/err.h"
#include "model/run.h"

#define RESULT_SCHEMA_VERSION 1

/* The whole document. The caller releases it with json_decref. Errors: ERR_MEMORY. */
int result_make(const struct run *run, json_t **ret_result, struct err *err)
    __attribute__((warn_unused_result));

/* When the last row was there: its commit by the database's own account, else when it was first
 * seen. 0: no row ever. */
ns_t result_last_row(const struct run *run);

/* From the last response to the last row, and from there to the decision. false: not known. */
bool result_after_last_response(const struct run *run, ns_t *ret_span);
bool result_verdict_delay(const struct run *run, ns_t *ret_span);

/* Phases of the load that are told of. */
unsigned result_load_count(const struct run *run);

/* The tally of the burst, of the least tight one when there are several: detection power is a
 * matter of bursts, whatever else the load has. false, and ret_tally as it was: there is none. */
bool result_burst(const struct run *run, struct tally *ret_tally);

/* "attempt 3: the 2 before it were no bursts and do not count"; "" for the first one. */
const char *result_attempt(const struct run *run, char *ret_text, size_t size);

/* "pay 20: 20 yes, 0 no; cancel 20: 10 yes, 10 no"; "" where none were sent. */
const char *result_actions_line(const struct run *run, char *ret_text, size_t size);

/* How the burst left: "within 5.9 ms (p5 to p95 5.1 ms, floor 5.2 ms)", or "all at once by
 * construction (floor 5.2 ms)"; the floor where it is known. */
const char *result_release(const struct run *run, char *ret_text, size_t size);

/* What the machine manages, of the burst with the greatest floor; 0: not measured. */
ns_t result_floor(const struct run *run);

/* Is there anything to judge? An error before the first request leaves nothing: checks that are all
 * unknown would bury the reason. */
bool result_judged(const struct run *run);

/* Why the run is invalid, where its explanation does not say so already; else "". */
const char *result_invalid(const struct run *run);

/* The gate of the first load phase that has one; "" when none has. */
const char *result_gate(const struct run *run);

/* When handlers began in the burst: "1000 handlers began within 8.1 ms (p5 to p95 6.2 ms)"; ""
 * where no answer says so. Returns ret_text. */
const char *result_entered(const struct run *run, char *ret_text, size_t size);

/* How the requests of that phase were carried: "HTTP/2: 10 streams on each of 100 connections"; ""
 * where each request had a connection of its own. */
const char *result_carried(const struct run *run, char *ret_text, size_t size);

/* "10.0.0.5-10.0.0.12": where connections came from; "": the kernel chose. */
const char *result_sources(const struct run *run);

#endif
