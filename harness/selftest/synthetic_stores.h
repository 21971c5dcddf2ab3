/* What synthetic.c and synthetic_stores.c share; nobody else includes this. */
#ifndef SELFTEST_SYNTHETIC_STORES_H
#define SELFTEST_SYNTHETIC_STORES_H

#include "selftest/synthetic.h"

/* A slot was taken: the record goes into the topic. */
int synthetic_serve(struct synthetic *synthetic, const struct synthetic_user *user);

/* The consumer's work, the counter, and what the scenario asks for besides. */
int synthetic_collect(struct synthetic *synthetic);

#endif
