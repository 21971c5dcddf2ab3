/* Whose is the socket that answers on an address of this machine? A server that was there before a
 * process was started is not that process, however well it answers. Any thread. */
#ifndef STACK_LISTENER_H
#define STACK_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct listener {
    uint32_t address[4]; /* network order; of an IPv4 one the first */
    bool v6;
    unsigned port;
    uint64_t inode;
};

/* Calls take for every listening TCP socket of this network namespace. */
void listeners_each(void (*take)(void *context, const struct listener *listener), void *context);

/* The listening TCP sockets of this network namespace at one instant, by inode. */
struct listeners {
    uint64_t *inodes; /* owned */
    size_t count;
};

void listeners_read(struct listeners *ret_listeners);
void listeners_free(struct listeners *listeners);

/* True when one that listens on the peer's address was there before, and no process below root
 * holds it. ret_who: "process 812 (nginx)", or "another process" when that cannot be seen. False in
 * every doubt: the address is another machine's, the socket another namespace's. */
bool listener_is_strange(const struct sockaddr *peer, const struct listeners *before, pid_t root,
                         char *ret_who, size_t size);

#endif
