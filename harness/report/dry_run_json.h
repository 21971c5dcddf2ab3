/* A dry run as JSON, for programs; reports/README.md tells its members. Main thread. */
#ifndef REPORT_DRY_RUN_JSON_H
#define REPORT_DRY_RUN_JSON_H

#include <stdio.h>

#include "model/dry_run.h"
#include "model/run.h"

/* Errors: ERR_MEMORY. */
int dry_run_print_json(const struct run *run, const struct dry_run *dry, int exit_code, FILE *out,
                       struct err *err) __attribute__((warn_unused_result));

#endif
