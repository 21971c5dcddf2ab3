/* Annotations: lines by which GitHub Actions shows what failed beside the change. GitHub keeps ten
 * of a step. Main thread. */
#ifndef REPORT_ANNOTATIONS_H
#define REPORT_ANNOTATIONS_H

#include <stdio.h>

#include "model/run.h"

#define ANNOTATIONS_MAX 10

/* A line a failed check, with the first users that it names; of a run that came to nothing one that
 * says why. *left: how many may still be written; counted down. */
void annotations_write(const struct run *run, unsigned *left, FILE *out);

#endif
