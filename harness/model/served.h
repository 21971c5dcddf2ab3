/* Served: the instances of a service by the names that they give themselves, in a response header.
 * A number from 1 stands for each. Pure data; the layout is public because answers embed it. */
#ifndef MODEL_SERVED_H
#define MODEL_SERVED_H

#include <stddef.h>
#include <stdint.h>

#include "model/spec.h"

struct served {
    char names[INSTANCES_MAX][64];
    unsigned count;
};

/* The number of a name, which is then known; 0: it is empty, or there are too many already. */
uint8_t served_number(struct served *served, const char *name, size_t length);

#endif
