/* The ports that the mock brokers listen on. The mock cluster binds to port 0 of the loopback
 * address and takes what the kernel gives it: a new place at every start, and one from the range of
 * outgoing connections, where somebody may sit when a broker comes back. This module replaces bind
 * for the whole program and hands out the ports that were reserved. Main thread before the cluster
 * exists, the cluster's thread afterwards. */
#ifndef BROKER_PORTS_H
#define BROKER_PORTS_H

#include <stdbool.h>

#define PORTS_MAX 9

/* "20001,20002": returns how many, or -1 when it is not a list of ports. */
int ports_reserve(const char *list);

#endif
