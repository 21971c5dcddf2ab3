/* The checks: each joins what the service announced with what the stores hold. Pure. One row of the
 * table is one check; one file in checks/ holds one check. To add one: a file, a row, a test, a
 * faulty service. */
#ifndef VERIFY_CHECKS_H
#define VERIFY_CHECKS_H

#include <stddef.h>

#include "base/err.h"
#include "model/run.h"

/* Evidence that a check cannot do without. */
enum check_needs {
    NEEDS_COUPONS = 1,
    NEEDS_PARKED = 2,
    NEEDS_COUNTER = 4,
    NEEDS_PRODUCED = 8,
    NEEDS_TIMELINE = 16,
    NEEDS_DECISIONS = 32, /* accepts and rejects can be told apart */
    NEEDS_BYSTANDER = 64,
    NEEDS_REST =
        128, /* the pipeline had come to rest, or the scenario did not want to wait for it */
    NEEDS_PROOF = 256,       /* what was not there by then will not come: see verify/sources.h */
    NEEDS_ROW_SAMPLES = 512, /* samples that counted the rows, whoever they belong to */
};

struct case_file; /* verify/case.h: sorted users, rows and records that the checks share */

struct check {
    const char *name;
    bool by_default;    /* runs even when `expect` does not name it */
    unsigned needs;     /* all of these, or there is nothing to judge */
    unsigned needs_one; /* and one of these; 0: nothing more */
    /* What each claim rests on, as far as it is given: */
    unsigned passes_on; /* a pass */
    unsigned fails_on;  /* a fail that says that something was there, beyond `needs` */
    unsigned absent_on; /* a fail that says that something was not there */
    const char *help;   /* one sentence: "accepted users have a coupon row" */
    void (*judge)(const struct case_file *facts, const struct spec_expect *expect,
                  struct finding *finding);
    /* Narrows by_default to runs for which the check makes sense; NULL: all. */
    bool (*applies)(const struct case_file *facts);
};

const struct check *checks_table(size_t *ret_count);
const struct check *checks_find(const char *name); /* NULL: no such check */

/* Fills run->findings, run->not_checked, run->verdict, run->exit_code, run->invalid (unless it is
 * set already), and explanation, warning, advice. run->tally must be made. A check that `expect`
 * names and whose evidence is missing is unknown and says what to add; a default check that the
 * scenario gives no evidence for is listed in run->not_checked. An invalid run never passes.
 * Deterministic: the same run gives the same findings. May be called again. Errors: ERR_MEMORY. */
int checks_run(struct run *run, struct err *err) __attribute__((warn_unused_result));

#endif
