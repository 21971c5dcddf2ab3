/* Addresses of stores. Pure. */
#ifndef STACK_ADDRESS_H
#define STACK_ADDRESS_H

#include <stdbool.h>

/* True when a URL ("redis://…", "postgresql://…", "unix://…") leads to this machine and nowhere
 * else. Every host of a list must; so must a host or hostaddr among a Postgres URL's parameters.
 * What cannot be told is not loopback. */
bool address_is_loopback(const char *url);

#endif
