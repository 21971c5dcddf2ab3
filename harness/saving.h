/* The files of a run, written on a thread of their own while the next run is prepared. Main thread.
 */
#ifndef HARNESS_SAVING_H
#define HARNESS_SAVING_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"
#include "model/run.h"

/* One at a time. The run must stay and stay as it is until the end. */
struct saving {
    const struct run *run; /* NULL: none */
    const char *summary;   /* file to append the Markdown summary to; NULL: none */
    pthread_t thread;
    bool threaded;
    int rc;
    struct err err;
};

/* The log's errors so far count among those of the run: begin before the next log is opened. */
void saving_begin(struct saving *saving, const struct run *run, const char *summary);

/* Waits. Every file is tried, whatever became of the others; the first error is told. */
int saving_end(struct saving *saving, struct err *err);

#endif
