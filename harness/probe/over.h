/* Over, apart: of which item more units stand in the rows than there are, and of which what is left
 * and what stands in the rows are not what there was, at the instant of a sample. Pure but for
 * their own memory. */
#ifndef PROBE_OVER_H
#define PROBE_OVER_H

#include "model/evidence.h"
#include "model/items.h"

/* Fills over and over_item of the sample; without memory nothing is seen. */
void over_find(const struct items *items, int64_t overbook, const struct rows *rows,
               struct sample *sample);

/* Fills apart and apart_item. rows and left are of one snapshot; before: what was left of each item
 * when there was no row, as far as it is known, else its stock. Items of which left says nothing
 * are not looked at; without memory nothing is seen. */
void apart_find(const struct items *items, const struct rows *before, const struct rows *left,
                const struct rows *rows, struct sample *sample);

#endif
