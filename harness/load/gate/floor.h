/* The floor: how far apart this machine sends requests that nobody works on. Some 200 connections
 * to a sink of our own, released as a burst is, while the ready target idles: what a burst may be
 * held to, here and now. */
#ifndef LOAD_FLOOR_H
#define LOAD_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* The spread of so many requests, scaled from those that were tried: the median of as many tries as
 * fit into 30 ms. threads: as lanes_choose takes it. connects: not requests are let go but the
 * connects themselves. 0: not measured, no descriptor or no time was left. @thread driver. */
ns_t floor_measure(int64_t requests, unsigned threads, bool connects);

#endif
