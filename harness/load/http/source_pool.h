/* Source addresses: those of this machine that connections come from, in turns. From one address to
 * one of the service's there are as many connections as there are local ports, some 28,000. Any
 * thread, once it is made. */
#ifndef LOAD_SOURCE_POOL_H
#define LOAD_SOURCE_POOL_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/err.h"

/* Addresses in all, ranges counted out. */
#define SOURCES_MAX 64

struct source_pool;

/* texts: each an address, or a range of them, "127.0.0.2-127.0.0.9"; key: where they stand, for
 * messages. Errors: ERR_USAGE (no address, too many), ERR_ENVIRONMENT (none of this machine). */
int source_pool_new(const char *key, char *const *texts, unsigned count,
                    struct source_pool **ret_pool, struct err *err)
    __attribute__((warn_unused_result));
void source_pool_free(struct source_pool *pool); /* NULL is fine */

unsigned source_pool_count(const struct source_pool *pool);
int source_pool_family(const struct source_pool *pool); /* AF_INET or AF_INET6: of all */

/* Which of them this text of an address is; 0 when it is none. */
unsigned source_pool_find(const struct source_pool *pool, const char *address);

/* Gives the socket the address whose turn it is towards this instance; its port is chosen when it
 * connects, so that each pair of addresses has all of them. Returns 0 or an errno. */
int source_pool_bind(struct source_pool *pool, unsigned instance, int fd);

#endif
