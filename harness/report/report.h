/* Reports: what people and CI read. Each writer turns a finished run into one file; one row of the
 * table is one writer. Main thread. They read the model only. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "base/err.h"
#include "model/run.h"

struct json_t; /* jansson's */
struct past_runs;

struct report_writer {
    const char *name; /* "junit" */
    const char *file; /* "junit.xml" */
    const char *help;
    /* result is result_make's document of the run, made once for all writers. */
    int (*write)(const struct run *run, const struct json_t *result, FILE *out, struct err *err);
};

const struct report_writer *report_table(size_t *ret_count);

/* All of them into run->dir, each whole or not at all. */
int report_write_all(const struct run *run, struct err *err) __attribute__((warn_unused_result));

/* One of them, by its name, to wherever out leads. Errors: ERR_USAGE when there is no such writer.
 */
int report_write_one(const char *name, const struct run *run, FILE *out, struct err *err)
    __attribute__((warn_unused_result));

/* Two or more runs side by side on one page, and as a table on a terminal or in Markdown. */
int report_write_pair(const struct run *left, const struct run *right, FILE *out, struct err *err);
int report_compare(const struct run *const *runs, size_t count, bool markdown, FILE *out,
                   struct err *err);

/* All runs of a directory on one page; root: what the directory is called. runs are in their order,
 * and at least one. */
int report_write_index(const struct past_runs *runs, const char *root, FILE *out, struct err *err)
    __attribute__((warn_unused_result));

#endif
