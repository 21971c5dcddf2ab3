/* Processes and their descendants, read from /proc. Any thread may call. Descendants that called
 * setsid or changed their group are found as well, because the tree follows parents only. */
#ifndef KEEPER_PROCTREE_H
#define KEEPER_PROCTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROCTREE_MAX 4096 /* processes that one call looks after */

/* The descendants of root that are not zombies, parents before children, without root itself.
 * Returns how many were written, at most max. */
size_t proctree_list(pid_t root, pid_t *ret_pids, size_t max);

/* Sends a signal to root and to all its descendants. SIGKILL stops the tree first, so that nobody
 * can fork away, and returns when they have let go of what they held, at most five seconds later.
 * Returns 0 or an errno value of the signal to root. */
int proctree_signal(pid_t root, int signal);

/* True while the process exists and is not a zombie. */
bool proctree_alive(pid_t pid);

#endif
