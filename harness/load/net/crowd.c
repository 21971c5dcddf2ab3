#include "load/net/crowd.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/net/events.h"

int crowd_init(struct crowd *crowd, const int *fds, size_t count, struct err *err)
{
    int last = -1;
    for (size_t i = 0; i < count; i++)
        last = fds[i] > last ? fds[i] : last;
    crowd->count = count;
    crowd->places_count = (size_t)(last + 1);
    crowd->v = calloc(count + 1, sizeof *crowd->v);
    crowd->places = malloc((crowd->places_count + 1) * sizeof *crowd->places);
    crowd->epoll = -1;
    if (!crowd->v || !crowd->places)
        return err_set(err, ERR_MEMORY, "no memory for %zu connections", count);
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (crowd->epoll < 0)
        return err_errno(err, ERR_ENVIRONMENT, errno, "epoll");
    memset(crowd->places, 0xff, crowd->places_count * sizeof *crowd->places);
    for (size_t i = 0; i < count; i++) {
        crowd->v[i].fd = fds[i];
        crowd->places[fds[i]] = (int32_t)i;
    }
    return 0;
}

void crowd_free(struct crowd *crowd)
{
    if (crowd->v && crowd->epoll >= 0)
        close(crowd->epoll);
    free(crowd->v);
    free(crowd->places);
    *crowd = (struct crowd){0};
}

void crowd_watch(struct crowd *crowd, size_t place)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.u64 = place};
    epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, crowd->v[place].fd, &event);
}

void crowd_wake(const struct crowd *crowd, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, crowd->epoll, &event);
}

/* How many segments have been sent again. */
static uint32_t account(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? 0 : info.tcpi_total_retrans;
}

bool crowd_next(struct crowd *crowd, size_t *ret_place, int *ret_error)
{
    struct epoll_event event;
    if (events_wait(crowd->epoll, &event, 1, 0) < 1)
        return false;
    struct member *member = &crowd->v[event.data.u64];
    int error = 0;
    socklen_t size = sizeof error;
    epoll_ctl(crowd->epoll, EPOLL_CTL_DEL, member->fd, NULL);
    if (event.events & (EPOLLERR | EPOLLHUP) &&
        getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    member->syns = account(member->fd);
    if (!error)
        member->opened = clock_now();
    *ret_place = event.data.u64;
    *ret_error = error;
    return true;
}

static void take_leave(struct crowd *crowd, struct member *member)
{
    member->all = account(member->fd);
    if (!member->opened)
        member->syns = member->all;
    crowd->places[member->fd] = -1;
    member->fd = -1;
}

void crowd_leave(struct crowd *crowd, int fd)
{
    if ((size_t)fd < crowd->places_count && crowd->places[fd] >= 0)
        take_leave(crowd, &crowd->v[crowd->places[fd]]);
}

void crowd_finish(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        if (crowd->v[i].fd >= 0)
            take_leave(crowd, &crowd->v[i]);
}
