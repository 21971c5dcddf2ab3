/* The listener: whoever listens at the target on this machine, as `ss -ltn` sees it: how many
 * connections wait to be accepted, and how many may. A thread of its own looks every millisecond
 * while the crowd comes. @thread driver. */
#ifndef LOAD_LISTENER_H
#define LOAD_LISTENER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "load/http/message.h"

struct listener {
    const struct message *message; /* borrowed: whose targets */
    bool urgent;
    int netlink;
    int64_t peak, room; /* of the fullest one; COUNT_UNKNOWN: not seen */
    int64_t drops;      /* before */
    atomic_bool stop;
    bool running;
    pthread_t thread;
};

/* Begins to look. What cannot be seen (another machine's or container's) stays unknown. urgent: as
 * lanes_run takes it; the thread is then the first to get a core when a lane ends, before anybody
 * accepts, and never takes one from a lane. */
void listener_watch(struct listener *listener, const struct message *message, bool urgent);

/* Ends it; zeroed ones are fine. */
void listener_stop(struct listener *listener);

/* Fills queue_peak, queue_room, somaxconn and drops, once it has ended. */
void listener_tell(const struct listener *listener, struct load_connects *ret_connects);

#endif
