/* Redis, one connection a thread. A store that is gone ends the program: these services are made
 * for tests. */
#ifndef FAULTY_REDIS_H
#define FAULTY_REDIS_H

#include <stdint.h>

struct redisContext;

struct redisContext *redis_open(const char *url); /* redis://HOST:PORT or unix:///PATH */

/* The integer that a command answers; a text that is a number counts, nothing is 0. */
int64_t redis_ask(struct redisContext *redis, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
