/* The broker's own monotonic time, which can be made to pass faster. The mock cluster reads it by
 * clock_gettime, which this module replaces for the whole program (a symbol of the executable comes
 * before libc's). Only CLOCK_MONOTONIC is touched: record timestamps stay true. Any thread. */
#ifndef BROKER_FASTTIME_H
#define BROKER_FASTTIME_H

#include "base/clock.h"

/* Moves the monotonic clock of this process forward. */
void fasttime_skip(ns_t span);

#endif
