/* Connections to Redis by address. Any thread; a connection belongs to one. */
#ifndef STORE_REDIS_CLIENT_H
#define STORE_REDIS_CLIENT_H

#include "base/clock.h"
#include "base/err.h"

struct redis_link; /* a connection; by TLS for rediss:// */
struct redisReply;

#define REDIS_WORDS_MAX 64

/* Is it an address that redis_client_open can use: redis://[user:password@]host[:port][/db],
 * rediss:// likewise (redis_tls.h says what it may add), or unix://[user:password@]/path, all with
 * ?db=N. Errors: ERR_USAGE. */
int redis_client_check(const char *url, struct err *err) __attribute__((warn_unused_result));

/* Connects, to each address of the host until one answers, logs in and chooses the database. wait
 * bounds each connect and each later answer. NULL: err says where and why; no message holds the
 * password. Errors: ERR_USAGE (the address), ERR_ENVIRONMENT. */
struct redis_link *redis_client_open(const char *url, ns_t wait, struct err *err);

/* Sends a command; an answer that is an error is an answer. NULL: redis_client_why says what went
 * wrong, and the connection is of no use any more. */
struct redisReply *redis_client_ask(struct redis_link *link, int count, const char **words);
/* The same for words that are bytes, so many of each. */
struct redisReply *redis_client_ask_bytes(struct redis_link *link, int count, const char **words,
                                          const size_t *sizes);
const char *redis_client_why(const struct redis_link *link);

int redis_client_socket(const struct redis_link *link);

/* For _cleanup_: closes what is open and forgets it. */
void redis_client_close(struct redis_link **link);

/* Cuts a command into words, at blanks; quotes keep blanks together. The words point into text,
 * which is cut up. -1: there is none, more than REDIS_WORDS_MAX, or an open quote. */
int redis_client_words(char *text, const char **ret_words);

#endif
