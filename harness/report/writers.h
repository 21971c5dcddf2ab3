/* The writers behind report.h's table, one file each. result is result_make's document of the run.
 * A write error stays in out (ferror), where the caller finds it. */
#ifndef REPORT_WRITERS_H
#define REPORT_WRITERS_H

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"
#include "model/run.h"

int junit_write(const struct run *run, const json_t *result, FILE *out, struct err *err);
int html_write(const struct run *run, const json_t *result, FILE *out, struct err *err);
int summary_write(const struct run *run, const json_t *result, FILE *out, struct err *err);
int metrics_write(const struct run *run, const json_t *result, FILE *out, struct err *err);
int tsv_write(const struct run *run, const json_t *result, FILE *out, struct err *err);

#endif
