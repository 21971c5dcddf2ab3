/* Seeded random numbers: xoshiro256** by Blackman and Vigna (2018), seeded by their splitmix64,
 * both public domain. Not for secrets. The state belongs to one thread; the same seed gives the
 * same sequence on every machine. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

void rng_seed(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound), without modulo bias (Lemire 2019); bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Uniform in [low, high], both included; low <= high. */
int64_t rng_between(struct rng *rng, int64_t low, int64_t high);

/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);

#endif
