/* In short: a verdict in a sentence for somebody who knows the business and not the field: what was
 * tried, what came of it, and what would have shown or would not. Pure. */
#ifndef REPORT_IN_SHORT_H
#define REPORT_IN_SHORT_H

#include <stddef.h>

#include "model/run.h"

#define IN_SHORT 768

/* "" when nothing was sent. Returns ret_text. */
const char *in_short(const struct run *run, char *ret_text, size_t size);

/* What a check that failed means, in such words; NULL: there is no such check. */
const char *in_short_of(const char *check);

#endif
