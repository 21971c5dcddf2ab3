#include "load/gate/floor.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/gate/lanes.h"

enum { CONNECTIONS = 200, CONNECTS = 100 /* any backlog has room for */, TRIES = 9, EVENTS = 64 };

/* Of fewer gaps than these a stall would count too much when they are scaled. */
enum { ENOUGH = 50 };
#define PATIENCE (30 * NS_PER_MS)

struct sink {
    int listener, epoll;
    atomic_bool stop;
    atomic_uint accepted; /* in all */
    pthread_t thread;
    int taken[CONNECTIONS]; /* the sink's ends; its own until it is joined */
    unsigned taken_count;
};

struct probe {
    struct sockaddr_in address; /* of the sink */
    bool connects;
    int fds[CONNECTIONS];
    ns_t stamps[CONNECTIONS];
    unsigned count;
    atomic_bool broken;
};

static void watch(const struct sink *sink, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void take(struct sink *sink)
{
    while (sink->taken_count < CONNECTIONS) {
        int fd = accept4(sink->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        sink->taken[sink->taken_count++] = fd;
        atomic_fetch_add(&sink->accepted, 1);
        watch(sink, fd);
    }
}

static void leave(struct sink *sink, int fd)
{
    unsigned i = 0;
    while (sink->taken[i] != fd)
        i++;
    sink->taken[i] = sink->taken[--sink->taken_count];
    close(fd);
}

/* Woken by what comes and reading it, as a target is. */
static void *swallow(void *argument)
{
    struct sink *sink = argument;
    struct epoll_event events[EVENTS];
    char bytes[64];
    while (!atomic_load_explicit(&sink->stop, memory_order_relaxed)) {
        int count = epoll_wait(sink->epoll, events, EVENTS, 5);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == sink->listener)
                take(sink);
            else if (read(events[i].data.fd, bytes, sizeof bytes) <= 0)
                leave(sink, events[i].data.fd);
        }
    }
    return NULL;
}

static bool sink_listen(struct sink *sink, struct sockaddr_in *ret_address)
{
    socklen_t size = sizeof *ret_address;
    *ret_address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return sink->listener >= 0 && sink->epoll >= 0 &&
           !bind(sink->listener, (const struct sockaddr *)ret_address, size) &&
           !listen(sink->listener, CONNECTIONS) &&
           !getsockname(sink->listener, (struct sockaddr *)ret_address, &size);
}

static void sink_close(struct sink *sink)
{
    for (unsigned i = 0; i < sink->taken_count; i++)
        close(sink->taken[i]);
    if (sink->listener >= 0)
        close(sink->listener);
    if (sink->epoll >= 0)
        close(sink->epoll);
}

static bool sink_open(struct sink *sink, struct sockaddr_in *ret_address)
{
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sink->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!sink_listen(sink, ret_address))
        return false;
    watch(sink, sink->listener);
    return !pthread_create(&sink->thread, NULL, swallow, sink);
}

/* The sockets that a try connects, or, once for all tries, that are connected here: the backlog has
 * room for all. As many as there is time and room for, up to count. */
static void probe_open(struct probe *probe, unsigned count, ns_t deadline)
{
    const struct sockaddr *address = (const struct sockaddr *)&probe->address;
    const struct linger at_once = {.l_onoff = 1}; /* no port is left in TIME_WAIT */
    int kind = SOCK_STREAM | SOCK_CLOEXEC | (probe->connects ? SOCK_NONBLOCK : 0);
    while (probe->count < count && clock_now() < deadline) {
        int fd = socket(AF_INET, kind, 0);
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        if (!probe->connects && connect(fd, address, sizeof probe->address)) {
            close(fd);
            return;
        }
        probe->fds[probe->count++] = fd;
    }
}

static void probe_close(struct probe *probe)
{
    while (probe->count)
        close(probe->fds[--probe->count]);
}

static void let_one_go(void *context, size_t i)
{
    struct probe *probe = context;
    const struct sockaddr *address = (const struct sockaddr *)&probe->address;
    int fd = probe->fds[i];
    probe->stamps[i] = clock_now();
    bool gone = probe->connects
                    ? !connect(fd, address, sizeof probe->address) || errno == EINPROGRESS
                    : send(fd, "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
    if (!gone)
        atomic_store_explicit(&probe->broken, true, memory_order_relaxed);
}

static ns_t spread_of(const struct probe *probe)
{
    ns_t first = probe->stamps[0], last = first;
    for (unsigned i = 1; i < probe->count; i++) {
        first = probe->stamps[i] < first ? probe->stamps[i] : first;
        last = probe->stamps[i] > last ? probe->stamps[i] : last;
    }
    return last - first;
}

static int compare(const void *a, const void *b)
{
    ns_t x = *(const ns_t *)a, y = *(const ns_t *)b;
    return (x > y) - (x < y);
}

/* Sockets for another try, once the sink has taken the ones before: its backlog has room for one.
 */
static bool renew(struct probe *probe, struct sink *sink, unsigned tries, ns_t deadline)
{
    unsigned members = probe->count;
    while (atomic_load(&sink->accepted) < tries * members && clock_now() < deadline)
        sched_yield();
    probe_close(probe);
    probe_open(probe, members, deadline);
    return probe->count == members;
}

static ns_t try_all(struct probe *probe, struct sink *sink, unsigned threads, ns_t deadline)
{
    ns_t tries[TRIES];
    unsigned count = 0;
    bool urgent = lanes_urgent(), more = true;
    unsigned lanes = lanes_choose(urgent, threads, probe->count, probe->connects);
    while (!count || (more && count < TRIES && clock_now() < deadline)) {
        lanes_run(urgent, lanes, 0, probe->count, let_one_go, probe);
        if (atomic_load(&probe->broken))
            return 0;
        tries[count++] = spread_of(probe);
        more = !probe->connects || renew(probe, sink, count, deadline);
    }
    qsort(tries, count, sizeof *tries, compare);
    /* Of two tries the better one: a stall is no property of the machine. */
    return tries[(count - 1) / 2];
}

ns_t floor_measure(int64_t requests, unsigned threads, bool connects)
{
    ns_t began = clock_now(), spread = 0;
    unsigned most = connects ? CONNECTS : CONNECTIONS;
    unsigned count = requests < most ? (unsigned)requests : most;
    struct sink sink = {0};
    struct probe probe = {.connects = connects};
    unsigned least = count < ENOUGH ? count : ENOUGH, members = 0;
    if (count < 2)
        return 0;
    if (sink_open(&sink, &probe.address)) {
        probe_open(&probe, count, began + PATIENCE / 2);
        members = probe.count;
        if (members >= least)
            spread = try_all(&probe, &sink, threads, began + PATIENCE);
        atomic_store(&sink.stop, true);
        pthread_join(sink.thread, NULL);
    }
    probe_close(&probe);
    sink_close(&sink);
    /* So many gaps between so many requests. */
    return members > 1 ? (ns_t)((double)spread * (double)(requests - 1) / (double)(members - 1))
                       : 0;
}
