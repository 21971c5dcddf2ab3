/* What the files of the index page share; nobody else includes this. */
#ifndef REPORT_HTML_TREND_H
#define REPORT_HTML_TREND_H

#include <stdio.h>

#include "report/trend.h"

/* "2026-11-26 16:32" */
#define TREND_WHEN 32
const char *trend_when(const struct past *run, char *ret_text, size_t size);

/* "latency p99: 41 ms, then 63 ms (+54 %), since 2026-11-20 08:01" */
#define TREND_SENTENCE 192
const char *trend_describe(const struct trend *trend, enum past_figure figure,
                           const struct trend_change *change, char *ret_text, size_t size);

/* html_trend.c: verdicts as a strip, of the last so many runs; and a chart of each figure. */
void html_strip(const struct trend *trend, size_t last, FILE *out);
void html_trend_charts(const struct trend *trend, FILE *out);

/* html_past.c: all runs of a scenario as a table, the newest first. */
void html_past_runs(const struct trend *trend, FILE *out);

#endif
