#include "load/net/events.h"

#include <errno.h>
#include <time.h>

int events_wait(int epoll, struct epoll_event *ret_events, int room, ns_t span)
{
    if (span < 0)
        span = 0;
    const struct timespec wait = {.tv_sec = span / NS_PER_S, .tv_nsec = span % NS_PER_S};
    int got = epoll_pwait2(epoll, ret_events, room, &wait, NULL);
    /* Before Linux 5.11, or forbidden by a sandbox that does not know it: whole milliseconds, never
     * early. */
    if (got < 0 && errno != EINTR)
        got = epoll_wait(epoll, ret_events, room, (int)((span + NS_PER_MS - 1) / NS_PER_MS));
    return got;
}
