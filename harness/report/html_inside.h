/* What the files of the HTML report share; nobody else includes this. The page is complete without
 * scripts; the charts are drawn by page/ from the data of page_data.c. */
#ifndef REPORT_HTML_INSIDE_H
#define REPORT_HTML_INSIDE_H

#include <jansson.h>
#include <stdio.h>

#include "model/run.h"
#include "report/page.h"

/* A run and its result.json. */
struct html_run {
    const struct run *run;
    const json_t *result;
};

/* A fixed part of a page. */
void html_piece(enum page_place place, FILE *out);

/* Opens a div that scrolls, by keys too; what it holds is "what of", for who cannot see it. cls may
 * be NULL. */
void html_scroll(FILE *out, const char *cls, const char *what, const char *of);

/* A path below the page as an address: no name can lead elsewhere. */
void html_address(FILE *out, const char *path);

/* Lines as they are, which scroll likewise. */
void html_listing(FILE *out, const char *what, const char *text);

/* "<tag class="cls">text</tag>", the text escaped; cls may be NULL. */
void html_element(FILE *out, const char *tag, const char *cls, const char *text);

/* Text of ours that may quote code in backticks, which becomes <code>; the rest escaped. */
void html_prose(FILE *out, const char *tag, const char *cls, const char *text);

/* A figure: like html_element, and "us" becomes the micro sign's unit. */
void html_figure(FILE *out, const char *tag, const char *cls, const char *value);

/* A span of time in a right-aligned table cell. */
void html_span(FILE *out, ns_t span);

/* The name that the page calls the run by. */
const char *html_name(const struct run *run);

/* html_head.c: verdict, notes, figures. */
void html_head(const struct html_run *page, FILE *out);
void html_verdict(const struct run *run, FILE *out);

/* html_checks.c: the checks, each with the users that it names. */
void html_checks(const struct run *run, FILE *out);

/* html_facts.c: phases, bystander, stack, scenario. */
void html_facts(const struct html_run *page, FILE *out);

/* page_data.c: what the charts show, as JSON for a script element. 0 or -ERR_MEMORY. */
int page_data_write(const struct run *const *runs, size_t count, FILE *out);

/* page_requests.c: the keys "named" and "requests" of a run's data. 0 or -ERR_MEMORY. */
int page_requests_write(const struct run *run, FILE *out);

/* page_trace.c: the key "trace" of a run that has one. 0 or -ERR_MEMORY. */
int page_trace_write(const struct run *run, FILE *out);

/* How many statements the lanes show: every n-th, 1 for all. */
size_t page_trace_stride(const struct run *run);

/* Values of a statement for people: "5, nil"; "" for none. */
void page_values(const struct run *run, const struct trace_values *values, struct buf *text);

/* html_agents.c: the agents, as a table; nothing when there were none. */
void html_agents(const struct run *run, FILE *out);

/* html_race.c: the race, as a table. */
void html_race(const struct run *run, FILE *out);

/* How many requests the raster shows: every n-th, 1 for all. */
size_t page_data_stride(const struct run *run);

#endif
