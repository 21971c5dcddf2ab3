#include "explore/lock.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Words of what gives a lock back, or only looks at it. */
static const char *const others[] = {"DEL ",   "UNLINK ", "DELETE ", "GET ", "EXISTS ",
                                     "EXPIRE", "PEXPIRE", "PTTL ",   "TTL "};
static const char *const released[] = {"unlock", "release_lock", "release_all_locks"};
/* Words that stand for a lock wherever they are. */
static const char *const names[] = {"mutex", "semaphore", "shedlock", "nowait", "skip locked"};

/* "lock" in lock:7, get_lock and locks, not in stock, block and unlock. */
static bool names_lock(const char *shape)
{
    for (const char *at = shape; (at = strcasestr(at, "lock")); at++)
        if (at == shape || !isalpha((unsigned char)at[-1]))
            return true;
    return false;
}

static bool has_any(const char *shape, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasestr(shape, words[i]))
            return true;
    return false;
}

/* Redis: to be set only where nothing is. */
static bool sets_new(const char *shape)
{
    return !strncmp(shape, "SETNX ", 6) || (!strncmp(shape, "SET ", 4) && strstr(shape, " NX"));
}

bool lock_is_asked(const char *shape)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strncasecmp(shape, others[i], strlen(others[i])))
            return false;
    if (has_any(shape, released, sizeof released / sizeof *released))
        return false;
    return sets_new(shape) || names_lock(shape) ||
           has_any(shape, names, sizeof names / sizeof *names);
}
