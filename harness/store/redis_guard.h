/* Which Redis commands only read. Thread of the Redis source. */
#ifndef STORE_REDIS_GUARD_H
#define STORE_REDIS_GUARD_H

#include <hiredis.h>
#include <stdbool.h>
#include <stddef.h>

/* Known to read, whatever the server: the list that counts where COMMAND is not permitted. */
bool redis_guard_knows(const char *name);

/* May a command run, by the server's answer to COMMAND INFO (NULL or an error: it does not tell)?
 * The server's own flags count first, since a command can be renamed: what writes or administers is
 * refused, and what is not readonly must be on the built-in list. False: ret_why says why, naming
 * what is allowed. */
bool redis_guard_allows(const char *name, const redisReply *info, char *ret_why, size_t size);

#endif
