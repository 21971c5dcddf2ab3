/* What GET /metrics says. Any thread. */
#ifndef APPLY_EXPOSITION_H
#define APPLY_EXPOSITION_H

#include "apply/app.h"
#include "base/buf.h"

/* Appends every family, the sums over all loops. */
void exposition_write(const struct app *app, struct buf *out);

#endif
