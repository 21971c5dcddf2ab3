/* epoll_wait with nanoseconds. @thread any. */
#ifndef LOAD_EVENTS_H
#define LOAD_EVENTS_H

#include <sys/epoll.h>

#include "base/clock.h"

/* Waits at most span; negative spans count as 0. Returns the number of events, or -1 with errno. */
int events_wait(int epoll, struct epoll_event *ret_events, int room, ns_t span);

#endif
