/* Over: of which item more units stand in the rows than there are, at the instant of a sample. Pure
 * but for its own memory. */
#ifndef PROBE_OVER_H
#define PROBE_OVER_H

#include "model/evidence.h"
#include "model/items.h"

/* Fills over and over_item of the sample; without memory nothing is seen. */
void over_find(const struct items *items, int64_t overbook, const struct rows *rows,
               struct sample *sample);

#endif
