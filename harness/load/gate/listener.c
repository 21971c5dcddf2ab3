#include "load/gate/listener.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "load/gate/lanes.h"
#include "model/evidence.h"

enum { LISTEN = 10 /* TCP_LISTEN of linux/tcp_states.h, which is the kernel's own */ };

/* Often while connections come; those that wait for a SYN's second try come later. */
enum { OFTEN = 500 };
#define SOON  NS_PER_MS
#define LATER (20 * NS_PER_MS)

static bool ask(int netlink, uint8_t family, uint16_t port)
{
    const struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = {.nlmsg_len = sizeof request,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = 1U << LISTEN,
                 .id = {.idiag_sport = htons(port), .idiag_cookie = {UINT32_MAX, UINT32_MAX}}},
    };
    return send(netlink, &request, sizeof request, 0) == sizeof request;
}

/* Does who listens there get the target's connections? A listener on every address does, also of
 * IPv6 for IPv4. */
static bool serves(const struct target *target, const struct inet_diag_msg *message)
{
    static const uint8_t every[16], mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *bound = (const uint8_t *)message->id.idiag_src;
    size_t size = message->idiag_family == AF_INET ? 4 : 16;
    if (ntohs(message->id.idiag_sport) != target->port)
        return false;
    if (!memcmp(bound, every, size))
        return true;
    if (target->address.ss_family == AF_INET6)
        return !memcmp(bound, &((const struct sockaddr_in6 *)&target->address)->sin6_addr, size);
    bool four = size == 4, in_six = !four && !memcmp(bound, mapped, sizeof mapped);
    return (four || in_six) &&
           !memcmp(four ? bound : bound + sizeof mapped,
                   &((const struct sockaddr_in *)&target->address)->sin_addr, 4);
}

/* The fullest counts. */
static void take(struct listener *listener, const struct inet_diag_msg *message)
{
    bool ours = false;
    for (unsigned i = 0; i < listener->message->instances_count; i++)
        ours = ours || serves(&listener->message->instances[i].target, message);
    if (!ours || (int64_t)message->idiag_rqueue < listener->peak)
        return;
    if (message->idiag_rqueue > listener->peak || message->idiag_wqueue < listener->room)
        listener->room = message->idiag_wqueue;
    listener->peak = message->idiag_rqueue;
}

static void look_at(struct listener *listener, uint8_t family, uint16_t port)
{
    union {
        struct nlmsghdr head;
        char bytes[16384];
    } answer;
    if (!ask(listener->netlink, family, port))
        return;
    for (;;) {
        ssize_t got = recv(listener->netlink, &answer, sizeof answer, 0);
        size_t left = got > 0 ? (size_t)got : 0;
        if (!left)
            return;
        for (const struct nlmsghdr *head = &answer.head; NLMSG_OK(head, left);
             head = NLMSG_NEXT(head, left)) {
            if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
                return; /* the end, or no */
            take(listener, NLMSG_DATA(head));
        }
    }
}

static void look(struct listener *listener)
{
    for (unsigned i = 0; i < listener->message->instances_count; i++) {
        const struct target *target = &listener->message->instances[i].target;
        if (target->address.ss_family == AF_INET)
            look_at(listener, AF_INET, target->port);
        look_at(listener, AF_INET6, target->port);
    }
}

static void *look_often(void *argument)
{
    struct listener *listener = argument;
    ns_t next = clock_now();
    if (listener->urgent)
        lanes_raise();
    for (int i = 0; !atomic_load(&listener->stop); i++) {
        look(listener);
        next += i < OFTEN ? SOON : LATER;
        clock_sleep_until(next);
    }
    return NULL;
}

static int64_t read_number(const char *path)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    long long number;
    return file && fscanf(file, "%lld", &number) == 1 ? number : COUNT_UNKNOWN;
}

/* TcpExt's ListenDrops: a line of names, then one of values. */
static int64_t read_drops(void)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/net/netstat", "re");
    char names[8192] = "", values[8192] = "", *name_end, *value_end;
    if (!file || !fgets(names, sizeof names, file) || !fgets(values, sizeof values, file))
        return COUNT_UNKNOWN;
    const char *name = strtok_r(names, " \n", &name_end);
    const char *value = strtok_r(values, " \n", &value_end);
    for (; name && value;
         name = strtok_r(NULL, " \n", &name_end), value = strtok_r(NULL, " \n", &value_end))
        if (!strcmp(name, "ListenDrops"))
            return strtoll(value, NULL, 10);
    return COUNT_UNKNOWN;
}

void listener_watch(struct listener *listener, const struct message *message, bool urgent)
{
    *listener = (struct listener){.message = message,
                                  .urgent = urgent,
                                  .netlink = -1,
                                  .peak = COUNT_UNKNOWN,
                                  .room = COUNT_UNKNOWN,
                                  .drops = read_drops()};
    if (message->instances[0].target.loopback) /* what another machine keeps is not to be seen */
        listener->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (listener->netlink < 0)
        return;
    const struct timeval patience = {.tv_usec = 100 * 1000};
    setsockopt(listener->netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    listener->running = !pthread_create(&listener->thread, NULL, look_often, listener);
    if (!listener->running)
        close(listener->netlink);
}

void listener_stop(struct listener *listener)
{
    if (!listener->running)
        return;
    atomic_store(&listener->stop, true);
    pthread_join(listener->thread, NULL);
    close(listener->netlink);
    listener->running = false;
}

void listener_tell(const struct listener *listener, struct load_connects *ret_connects)
{
    bool seen = listener->peak != COUNT_UNKNOWN;
    int64_t drops = seen ? read_drops() : COUNT_UNKNOWN;
    bool counted = drops != COUNT_UNKNOWN && listener->drops != COUNT_UNKNOWN;
    ret_connects->queue_peak = listener->peak;
    ret_connects->queue_room = listener->room;
    ret_connects->somaxconn = seen ? read_number("/proc/sys/net/core/somaxconn") : COUNT_UNKNOWN;
    ret_connects->drops = counted ? drops - listener->drops : COUNT_UNKNOWN;
}
