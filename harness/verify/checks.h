/* The checks, carried out: each joins what the service announced with what the stores hold. Pure.
 * One row of model/check_rows.h is one check; one file in checks/ holds its judge. To add one: a
 * file, a row, a test, a faulty service. */
#ifndef VERIFY_CHECKS_H
#define VERIFY_CHECKS_H

#include "base/err.h"
#include "model/check.h"
#include "model/dry_run.h"
#include "model/run.h"

/* Fills run->findings, run->not_checked, run->verdict, run->exit_code, run->invalid (unless it is
 * set already), and explanation, warning, advice. run->tally must be made. A check that `expect`
 * names and whose evidence is missing is unknown and says what to add; a default check that the
 * scenario gives no evidence for is listed in run->not_checked. An invalid run never passes.
 * Deterministic: the same run gives the same findings. May be called again. Errors: ERR_MEMORY. */
int checks_run(struct run *run, struct err *err) __attribute__((warn_unused_result));

/* Before the load: which checks there will be, and what each of the others would need. The run has
 * gone through its preflight, and no further. Errors: ERR_MEMORY. */
int checks_foresee(const struct run *run, struct dry_run *dry, struct err *err)
    __attribute__((warn_unused_result));

#endif
