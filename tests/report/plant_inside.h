/* What the files of the planted runs share. */
#ifndef PLANT_INSIDE_H
#define PLANT_INSIDE_H

#include "base/rng.h"
#include "plant.h"

#define PLANT_ORIGIN (1234567 * NS_PER_S) /* of the monotonic clock; any instant will do */

enum { PLANT_LIMIT = 100 };

struct plant_kind {
    const char *name;
    int64_t requests;
    const char *more;  /* lines of YAML that differ from the usual scenario */
    const char *title; /* the scenario's name and description, as YAML scalars */
    const char *about;
    void (*spoil)(struct run *run, struct rng *rng); /* what goes wrong, before the checks */
};

extern const struct plant_kind plant_table[];
extern const size_t plant_table_count;

/* plant_race.c: rows were counted before one was inserted. */
void plant_race(struct run *run, struct rng *rng);

/* Adds a sample of the drain as it was at an instant. Errors: ERR_MEMORY. */
int plant_sample(struct run *run, ns_t at, int64_t rows, uint32_t flags, struct err *err);

#endif
