/* Whether the service can decide a request now. Any thread. */
#ifndef APPLY_READY_H
#define APPLY_READY_H

#include <stdbool.h>

#include "apply/app.h"
#include "base/buf.h"

/* Writes {"status":"ready","redis":"up",…} with every dependency that the strategy has, and returns
 * whether all of them are up. */
bool ready_describe(const struct app *app, struct buf *out);

#endif
