/* One blocking connection to Redis from its URL. Any thread, one at a time. */
#ifndef STACK_REDISLINK_H
#define STACK_REDISLINK_H

#include <hiredis/hiredis.h>

#include "base/err.h"

/* "unix:///path" or "redis://[[user]:password@]host[:port][/db]". NULL and err on failure; the
 * message holds no password. Waits at most a second for the connection and five for each answer. */
redisContext *redislink_open(const char *url, struct err *err);
void redislink_close(redisContext **link);

/* Sends a command written with blanks between its words; quotes as in redis-cli are not known. NULL
 * when the connection broke. */
redisReply *redislink_command(redisContext *link, const char *text);

#endif
