#include "stack/listener.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "keeper/proctree.h"

#define STATE_LISTEN 10 /* TCP_LISTEN in the kernel's tcp_states.h */

typedef void take_listener(void *context, const struct listener *listener);

/* ---- from the kernel ---- */

static bool ask(int fd, uint8_t family)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 wanted;
    } request = {
        .head = {.nlmsg_len = sizeof request,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .wanted = {.sdiag_family = family,
                   .sdiag_protocol = IPPROTO_TCP,
                   .idiag_states = 1 << STATE_LISTEN},
    };
    return send(fd, &request, sizeof request, 0) == sizeof request;
}

static void take_message(const struct inet_diag_msg *message, take_listener *take, void *context)
{
    struct listener listener = {.v6 = message->idiag_family == AF_INET6,
                                .port = ntohs(message->id.idiag_sport),
                                .inode = message->idiag_inode};
    memcpy(listener.address, message->id.idiag_src, sizeof listener.address);
    take(context, &listener);
}

/* False when the kernel does not tell. */
static bool take_answer(int fd, take_listener *take, void *context)
{
    union {
        struct nlmsghdr head;
        char bytes[32 * 1024];
    } part;
    for (;;) {
        ssize_t got = recv(fd, &part, sizeof part, 0);
        if (got <= 0)
            return false;
        unsigned left = (unsigned)got;
        for (const struct nlmsghdr *one = &part.head; NLMSG_OK(one, left);
             one = NLMSG_NEXT(one, left)) {
            if (one->nlmsg_type != SOCK_DIAG_BY_FAMILY)
                return one->nlmsg_type == NLMSG_DONE;
            take_message(NLMSG_DATA(one), take, context);
        }
    }
}

static bool each_asked(take_listener *take, void *context)
{
    _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    return fd >= 0 && ask(fd, AF_INET) && take_answer(fd, take, context) && ask(fd, AF_INET6) &&
           take_answer(fd, take, context);
}

/* ---- from /proc ---- */

/* One line of /proc/net/tcp or tcp6 (proc(5)), of a socket that listens. */
static bool listener_parse(const char *line, bool v6, struct listener *ret_listener)
{
    struct listener found = {.v6 = v6};
    unsigned state;
    int end = 0;
    int got = v6 ? sscanf(line, " %*d: %8" SCNx32 "%8" SCNx32 "%8" SCNx32 "%8" SCNx32 ":%x %n",
                          &found.address[0], &found.address[1], &found.address[2],
                          &found.address[3], &found.port, &end)
                 : sscanf(line, " %*d: %8" SCNx32 ":%x %n", &found.address[0], &found.port, &end);
    if (got != (v6 ? 5 : 2) || end == 0)
        return false;
    if (sscanf(line + end, "%*s %x %*s %*s %*s %*u %*u %" SCNu64, &state, &found.inode) != 2)
        return false;
    *ret_listener = found;
    return state == STATE_LISTEN;
}

static void each_written(take_listener *take, void *context)
{
    static const char *const files[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    for (int v6 = 0; v6 < 2; v6++) {
        _cleanup_fclose_ FILE *file = fopen(files[v6], "re");
        char line[512];
        struct listener listener;
        while (file && fgets(line, sizeof line, file))
            if (listener_parse(line, v6, &listener))
                take(context, &listener);
    }
}

/* /proc says the same after 20 ms and more: it looks through the sockets of all states, of which a
 * machine that has just had a rush has thousands. */
void listeners_each(take_listener *take, void *context)
{
    if (!each_asked(take, context))
        each_written(take, context);
}

static void keep_inode(void *context, const struct listener *listener)
{
    struct listeners *listeners = context;
    uint64_t *larger =
        reallocarray(listeners->inodes, listeners->count + 1, sizeof *listeners->inodes);
    if (!larger)
        return;
    listeners->inodes = larger;
    listeners->inodes[listeners->count++] = listener->inode;
}

void listeners_read(struct listeners *ret_listeners)
{
    *ret_listeners = (struct listeners){0};
    listeners_each(keep_inode, ret_listeners);
}

void listeners_free(struct listeners *listeners)
{
    free(listeners->inodes);
    *listeners = (struct listeners){0};
}

static bool was_there(const struct listeners *before, uint64_t inode)
{
    for (size_t i = 0; i < before->count; i++) {
        if (before->inodes[i] == inode)
            return true;
    }
    return false;
}

/* ---- who holds a socket ---- */

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

enum holds { HOLDS_NOT, HOLDS, HOLDS_UNREADABLE };

static enum holds process_holds(pid_t pid, uint64_t inode)
{
    char path[320], link[64], wanted[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    snprintf(wanted, sizeof wanted, "socket:[%" PRIu64 "]", inode);
    _cleanup_(close_dir) DIR *dir = opendir(path);
    if (!dir)
        return proctree_alive(pid) ? HOLDS_UNREADABLE : HOLDS_NOT;
    for (struct dirent *item; (item = readdir(dir));) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s", (int)pid, item->d_name);
        ssize_t got = readlink(path, link, sizeof link - 1);
        if (got <= 0)
            continue;
        link[got] = '\0';
        if (strcmp(link, wanted) == 0)
            return HOLDS;
    }
    return HOLDS_NOT;
}

/* Could one of the tree hold it? */
static bool tree_may_hold(pid_t root, uint64_t inode)
{
    _cleanup_free_ pid_t *pids = calloc(PROCTREE_MAX, sizeof *pids);
    if (!pids)
        return true;
    size_t count = proctree_list(root, pids, PROCTREE_MAX);
    bool may = false;
    for (size_t i = 0; i < count && !may; i++)
        may = process_holds(pids[i], inode) != HOLDS_NOT;
    return may;
}

static void name_process(pid_t pid, char *ret_who, size_t size)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    if (!file || !fgets(name, sizeof name, file))
        return;
    name[strcspn(name, "\n")] = '\0';
    snprintf(ret_who, size, "process %d (%s)", (int)pid, name);
}

static void name_holder(uint64_t inode, char *ret_who, size_t size)
{
    snprintf(ret_who, size, "another process");
    _cleanup_(close_dir) DIR *dir = opendir("/proc");
    for (struct dirent *item; dir && (item = readdir(dir));) {
        pid_t pid = isdigit((unsigned char)item->d_name[0]) ? atoi(item->d_name) : 0;
        if (pid && process_holds(pid, inode) == HOLDS) {
            name_process(pid, ret_who, size);
            return;
        }
    }
}

/* ---- which sockets answer on an address ---- */

struct search {
    struct in6_addr address; /* IPv4 mapped */
    unsigned port;
    const struct listeners *before;
    pid_t root;
    uint64_t strange; /* inode; 0: none */
};

static bool peer_parse(const struct sockaddr *peer, struct search *search)
{
    if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)peer;
        search->address = in6->sin6_addr;
        search->port = ntohs(in6->sin6_port);
        return true;
    }
    if (peer->sa_family != AF_INET)
        return false;
    const struct sockaddr_in *in = (const void *)peer;
    search->address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(search->address.s6_addr + 12, &in->sin_addr, 4);
    search->port = ntohs(in->sin_port);
    return true;
}

/* Does a socket with this local address answer there? Its own address does, and the wildcard. */
static bool answers(const struct listener *listener, const struct search *search)
{
    struct in6_addr local = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    if (listener->v6)
        memcpy(&local, listener->address, sizeof local);
    else
        memcpy(local.s6_addr + 12, listener->address, 4);
    bool any = listener->v6 ? IN6_IS_ADDR_UNSPECIFIED(&local) : listener->address[0] == INADDR_ANY;
    bool v4 = IN6_IS_ADDR_V4MAPPED(&search->address);
    return listener->port == search->port &&
           ((any && (listener->v6 || v4)) || memcmp(&local, &search->address, sizeof local) == 0);
}

static void look(void *context, const struct listener *listener)
{
    struct search *search = context;
    if (!search->strange && answers(listener, search) &&
        was_there(search->before, listener->inode) && !tree_may_hold(search->root, listener->inode))
        search->strange = listener->inode;
}

bool listener_is_strange(const struct sockaddr *peer, const struct listeners *before, pid_t root,
                         char *ret_who, size_t size)
{
    struct search search = {.before = before, .root = root};
    if (!peer_parse(peer, &search))
        return false;
    listeners_each(look, &search);
    if (search.strange)
        name_holder(search.strange, ret_who, size);
    return search.strange != 0;
}
