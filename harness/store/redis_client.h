/* Connections to Redis by address. Any thread; a connection belongs to one. */
#ifndef STORE_REDIS_CLIENT_H
#define STORE_REDIS_CLIENT_H

#include "base/clock.h"
#include "base/err.h"

struct redisContext;
struct redisReply;

#define REDIS_WORDS_MAX 64

/* Is it an address that redis_client_open can use: redis://[user:password@]host[:port][/db] or
 * unix://[user:password@]/path, both with ?db=N. Errors: ERR_USAGE. */
int redis_client_check(const char *url, struct err *err) __attribute__((warn_unused_result));

/* Connects, to each address of the host until one answers, logs in and chooses the database. wait
 * bounds each connect and each later answer. NULL: err says where and why; no message holds the
 * password. Errors: ERR_USAGE (the address), ERR_ENVIRONMENT. */
struct redisContext *redis_client_open(const char *url, ns_t wait, struct err *err);

/* For _cleanup_: closes what is open and forgets it. */
void redis_client_close(struct redisContext **link);

/* Cuts a command into words, at blanks; quotes keep blanks together. The words point into text,
 * which is cut up. -1: there is none, more than REDIS_WORDS_MAX, or an open quote. */
int redis_client_words(char *text, const char **ret_words);

#endif
