/* What passed between the processes and their stores, for the console, the page and the summary.
 * Each writes nothing where nobody watched. */
#ifndef REPORT_OBSERVED_REPORT_H
#define REPORT_OBSERVED_REPORT_H

#include <stdio.h>

#include "model/observed.h"

/* "2003 of 4 shapes on 20 connections, 61 inside the stores at once"; "": nobody watched. */
const char *observed_line(const struct observed *observed, char *ret_text, size_t size);
void observed_html(const struct observed *observed, FILE *out);
void observed_summary(const struct observed *observed, FILE *out);

#endif
