/* One event loop's connection to Redis: pipelined, and made again with a growing wait when it is
 * lost.
 *
 * A PING goes along all the time. The first PONG makes the link up, and because Redis answers in
 * order a PONG that stays away for the timeout means that everything behind it stays away too: the
 * connection is then given up, and every command that waits is answered with a NULL reply.
 * @thread the loop's, except link_up, which any thread may ask. */
#ifndef APPLY_LINK_H
#define APPLY_LINK_H

#include <event2/event.h>
#include <hiredis/async.h>
#include <stdbool.h>

#include "apply/redis_address.h"
#include "base/clock.h"
#include "base/err.h"

struct link;

/* Starts connecting; address is copied. generation is raised by one whenever a connection is lost,
 * so that others can tell that answers may be missing. */
int link_new(struct event_base *base, const struct redis_address *address, ns_t timeout,
             _Atomic uint64_t *generation, struct link **ret_link, struct err *err)
    __attribute__((warn_unused_result));

/* Commands that wait are answered with NULL. NULL is fine. */
void link_free(struct link *link);

bool link_up(const struct link *link);
uint64_t link_losses(const struct link *link); /* connections lost so far; any thread */

/* Sends an already formatted command. done is called once with done(context, redisReply *, arg);
 * the reply is NULL when the connection was lost, and then nobody knows whether Redis has carried
 * the command out. Returns false, without a call, when the link is not up: nothing has been sent.
 */
bool link_send(struct link *link, const char *command, size_t length, redisCallbackFn *done,
               void *arg);

#endif
