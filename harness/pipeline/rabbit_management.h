/* The management API of somebody else's RabbitMQ: what of a queue is not acknowledged, who consumes
 * it in which manner, and by which exchanges it is reached. Thread of the source. */
#ifndef PIPELINE_RABBIT_MANAGEMENT_H
#define PIPELINE_RABBIT_MANAGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/uri.h"
#include "pipeline/pipeline.h"

#define RABBIT_BINDINGS_MAX 16

struct rabbit_management; /* opaque */

struct rabbit_figures {
    int64_t unacked;
    ns_t age;                      /* of so long ago at most; 0: measured for this answer */
    bool automatic, acknowledging; /* among its consumers */
};

struct rabbit_bindings {
    struct {
        char exchange[256], key[256];
    } v[RABBIT_BINDINGS_MAX];
    unsigned count;
};

/* Where spec->management says, or else at port 15672 of the broker's host, as its user. *ret is
 * NULL when the scenario wants none. Connects to nothing yet. */
int rabbit_management_open(const struct pipeline *pipeline, const struct uri *broker,
                           struct rabbit_management **ret_management, struct err *err);
void rabbit_management_close(struct rabbit_management *management); /* NULL is fine */

/* False: ret_why says why not, and what to do. */
bool rabbit_management_queue(struct rabbit_management *management, const char *queue,
                             struct rabbit_figures *ret_figures, char *ret_why, size_t size);
/* Only those that a queue of ours can have as well: of exchanges that hand each of their queues a
 * copy. False when that is not all of them, or none. NULL is a management that is not there. */
bool rabbit_management_bindings(struct rabbit_management *management, const char *queue,
                                struct rabbit_bindings *ret_bindings, char *ret_why, size_t size);

#endif
