/* A crowd: the connections of one worker that are opened in the burst itself, from the connect
 * until they are closed. What became of each is the kernel's own account (tcp(7), TCP_INFO).
 * @thread the worker that owns it; the driver while the worker has no task. */
#ifndef LOAD_CROWD_H
#define LOAD_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

/* One connection; its place is the transport's. */
struct member {
    int fd;        /* -1: closed */
    ns_t opened;   /* when it was seen to stand; 0: it never did */
    uint32_t syns; /* sent again */
    uint32_t all;  /* segments of any kind sent again */
};

struct crowd {
    int epoll;
    struct member *v;
    size_t count;
    int32_t *places; /* by descriptor; -1: none of them */
    size_t places_count;
};

/* Room for the connections with these descriptors. Errors: ERR_MEMORY, ERR_ENVIRONMENT. crowd_free
 * takes zeroed ones. */
int crowd_init(struct crowd *crowd, const int *fds, size_t count, struct err *err)
    __attribute__((warn_unused_result));
void crowd_free(struct crowd *crowd);

/* The place's connect is under way. */
void crowd_watch(struct crowd *crowd, size_t place);

/* From now on epoll has an event with data 0 while crowd_next has something to tell. */
void crowd_wake(const struct crowd *crowd, int epoll);

/* A connect that has come to an end, each told once: its place, and errno of why it failed, or 0.
 * False: none for now. */
bool crowd_next(struct crowd *crowd, size_t *ret_place, int *ret_error);

/* The descriptor, if it is one of theirs, is about to be closed. */
void crowd_leave(struct crowd *crowd, int fd);

/* Everything has ended: what is still open tells its account. */
void crowd_finish(struct crowd *crowd);

#endif
