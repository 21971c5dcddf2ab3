/* What plant.c and plant_stores.c share; nobody else includes this. */
#ifndef VERIFY_PLANT_STORES_H
#define VERIFY_PLANT_STORES_H

#include "verify/plant.h"

/* A slot was taken: the record goes into the topic. */
int plant_serve(struct plant *plant, const struct plant_user *user);

/* The consumer's work, the counter, and what the scenario asks for besides. */
int plant_collect(struct plant *plant);

#endif
