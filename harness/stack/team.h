/* Several things done side by side, each on a thread of its own, and waited for together. Main
 * thread. */
#ifndef STACK_TEAM_H
#define STACK_TEAM_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"
#include "stack/halt.h"

struct team_member {
    int (*start)(void *what, struct err *err);
    void *what;
    /* team_run's own */
    struct halt *halt;
    pthread_t thread;
    bool running;
    int result;
    struct err err;
};

/* Comes back when all are through. The first who fails makes the others give up, by the halt that
 * they look at; it is his error that comes back. */
int team_run(struct team_member *members, unsigned count, struct halt *halt, struct err *err)
    __attribute__((warn_unused_result));

#endif
