/* What the event loops share. Made before they start and taken down after they have ended; in
 * between every part of it is read only or safe for any thread. */
#ifndef APPLY_APP_H
#define APPLY_APP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "apply/redis_address.h"
#include "apply/settings.h"
#include "apply/strategy.h"
#include "common/hostport.h"

enum { APP_LOOPS_MAX = 64 };

struct app {
    const struct settings *settings;
    const struct strategy *strategy;
    struct redis_address redis;
    struct producer *producer;   /* NULL unless the strategy produces from the request */
    struct relay *relay;         /* NULL unless this process publishes the outbox */
    _Atomic uint64_t generation; /* Redis connections lost so far, over all loops */
    char boot[17];               /* tells this start of the process from every other */
    struct loop *loops[APP_LOOPS_MAX];
    size_t loop_count;
};

/* Starts everything that the strategy needs, and the loops; tells where they listen. settings must
 * outlive app. On failure app_stop takes down what had begun. @thread main */
int app_start(struct app *app, const struct settings *settings, struct hostport *ret_at,
              struct err *err) __attribute__((warn_unused_result));

/* Stops accepting, answers what is in flight, flushes the producer. @thread main */
void app_stop(struct app *app);

#endif
