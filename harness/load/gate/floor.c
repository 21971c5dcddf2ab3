#include "load/gate/floor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/gate/lanes.h"

enum { CONNECTIONS = 200, TRIES = 9, EVENTS = 64 };

/* Of fewer gaps than these a stall would count too much when they are scaled. */
enum { ENOUGH = 50 };
#define PATIENCE (30 * NS_PER_MS)

struct sink {
    int listener, epoll;
    atomic_bool stop;
    pthread_t thread;
    int taken[CONNECTIONS]; /* the sink's ends; its own until it is joined */
    unsigned taken_count;
};

struct probe {
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
        watch(sink, fd);
    }
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
                epoll_ctl(sink->epoll, EPOLL_CTL_DEL, events[i].data.fd, NULL);
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

/* As many as there is time and room for, up to count. */
static void probe_open(struct probe *probe, const struct sockaddr_in *address, unsigned count,
                       ns_t deadline)
{
    while (probe->count < count && clock_now() < deadline) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        /* The backlog has room for all, so none of these waits. */
        if (connect(fd, (const struct sockaddr *)address, sizeof *address)) {
            close(fd);
            return;
        }
        probe->fds[probe->count++] = fd;
    }
}

static void probe_close(const struct probe *probe)
{
    for (unsigned i = 0; i < probe->count; i++)
        close(probe->fds[i]);
}

static void send_one(void *context, size_t i)
{
    struct probe *probe = context;
    probe->stamps[i] = clock_now();
    if (send(probe->fds[i], "\n", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
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

static ns_t try_all(struct probe *probe, unsigned threads, ns_t deadline)
{
    ns_t tries[TRIES];
    size_t count = 0;
    bool urgent = lanes_urgent();
    unsigned lanes = lanes_choose(urgent, threads, probe->count);
    while (!count || (count < TRIES && clock_now() < deadline)) {
        lanes_run(urgent, lanes, probe->count, send_one, probe);
        if (atomic_load(&probe->broken))
            return 0;
        tries[count++] = spread_of(probe);
    }
    qsort(tries, count, sizeof *tries, compare);
    /* Of two tries the better one: a stall is no property of the machine. */
    return tries[(count - 1) / 2];
}

ns_t floor_measure(int64_t requests, unsigned threads)
{
    ns_t began = clock_now(), spread = 0;
    unsigned count = requests < CONNECTIONS ? (unsigned)requests : CONNECTIONS;
    struct sink sink = {0};
    struct probe probe = {0};
    struct sockaddr_in address;
    unsigned least = count < ENOUGH ? count : ENOUGH;
    if (count < 2)
        return 0;
    if (sink_open(&sink, &address)) {
        probe_open(&probe, &address, count, began + PATIENCE / 2);
        if (probe.count >= least)
            spread = try_all(&probe, threads, began + PATIENCE);
        atomic_store(&sink.stop, true);
        pthread_join(sink.thread, NULL);
    }
    probe_close(&probe);
    sink_close(&sink);
    /* So many gaps between so many requests. */
    return probe.count > 1
               ? (ns_t)((double)spread * (double)(requests - 1) / (double)(probe.count - 1))
               : 0;
}
